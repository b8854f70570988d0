//! What a script asks a person (MS-PSRP 2.2.3.18 and 2.2.3.19).

use crate::psrp::clixml::{Content, Value};

/// Fields to be filled in, by Read-Host or for mandatory parameters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Prompt {
    /// What it is about; often empty.
    pub caption: String,
    /// What is asked for; often empty.
    pub message: String,
    /// The fields, in order.
    pub fields: Vec<FieldDescription>,
}

/// A field of a [`Prompt`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FieldDescription {
    /// Names it in the answer; for Read-Host it is the prompt.
    pub name: String,
    /// Its name as it is shown; empty where that is the same. The hot key is taken off.
    pub label: String,
    /// The full name of the .NET type that the script expects.
    pub type_name: String,
    /// Explains the field; often empty.
    pub help_message: String,
    /// Whether it has to be filled in.
    pub is_mandatory: bool,
}

/// How a field is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// With text, which the server converts to the field's type.
    Text,
    /// With a secret.
    SecureString,
    /// With a user name and a password.
    Credential,
    /// With any number of items.
    List(Box<FieldKind>),
}

impl FieldDescription {
    /// How it is filled in, by its type.
    pub fn kind(&self) -> FieldKind {
        FieldKind::of(&self.type_name)
    }

    fn decode(value: &Value) -> Option<FieldDescription> {
        let text = |name| value.property(name).and_then(Value::as_str);
        let type_name = text("parameterTypeFullName").or_else(|| text("parameterTypeName"));
        Some(FieldDescription {
            name: text("name")?.to_owned(),
            label: split(text("label").unwrap_or_default()).0,
            type_name: type_name.unwrap_or_default().to_owned(),
            help_message: text("helpMessage").unwrap_or_default().to_owned(),
            is_mandatory: value.property("isMandatory").map(Value::base) == Some(&Value::Bool(true)),
        })
    }
}

impl FieldKind {
    fn of(type_name: &str) -> FieldKind {
        const LISTS: [&str; 3] = [
            "System.Collections.ArrayList",
            "System.Collections.Generic.List`1",
            "System.Collections.ObjectModel.",
        ];
        match type_name {
            "System.Security.SecureString" => FieldKind::SecureString,
            "System.Management.Automation.PSCredential" => FieldKind::Credential,
            _ => match type_name.strip_suffix("[]") {
                Some(item) => FieldKind::List(Box::new(FieldKind::of(item))),
                None if LISTS.iter().any(|list| type_name.starts_with(list)) => {
                    FieldKind::List(Box::new(FieldKind::Text))
                }
                None => FieldKind::Text,
            },
        }
    }
}

/// A user name and a password are asked for, by Get-Credential.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CredentialPrompt {
    /// What it is about.
    pub caption: String,
    /// What they are needed for.
    pub message: String,
    /// The user whose password is asked for; empty where the user is asked for too.
    pub user_name: String,
    /// What they will be used on; often empty.
    pub target_name: String,
    /// The number of PSCredentialTypes: 1 generic, 2 of a domain, 3 either. 3 where the script does not say.
    pub allowed_types: i32,
    /// How to ask.
    pub options: CredentialOptions,
}

/// PSCredentialUIOptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum CredentialOptions {
    /// Anything goes.
    None,
    /// The user name should be one.
    #[default]
    ValidateUserNameSyntax,
    /// Ask even where the answer is known.
    AlwaysPrompt,
    /// The user name is not to be changed.
    ReadOnlyUserName,
}

impl CredentialOptions {
    /// An unknown number is taken for the default.
    pub(super) fn of(number: i32) -> CredentialOptions {
        match number {
            0 => CredentialOptions::None,
            2 => CredentialOptions::AlwaysPrompt,
            3 => CredentialOptions::ReadOnlyUserName,
            _ => CredentialOptions::ValidateUserNameSyntax,
        }
    }
}

/// A choice between several things.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ChoicePrompt {
    /// What it is about.
    pub caption: String,
    /// The question.
    pub message: String,
    /// What there is to choose from.
    pub choices: Vec<ChoiceDescription>,
    /// The choices that count when none is made, by their index.
    pub defaults: Vec<usize>,
}

/// One thing of a [`ChoicePrompt`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ChoiceDescription {
    /// What it is called.
    pub label: String,
    /// The letter that stands for it. Where two have the same, the first one means it.
    pub hot_key: Option<char>,
    /// Explains it; often empty.
    pub help_message: String,
}

impl ChoiceDescription {
    fn decode(value: &Value) -> Option<ChoiceDescription> {
        let (label, hot_key) = split(value.property("label")?.as_str()?);
        let help_message =
            value.property("helpMessage").and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(ChoiceDescription { label, hot_key, help_message })
    }
}

/// A label without its `&`, and the letter behind that.
fn split(label: &str) -> (String, Option<char>) {
    match label.split_once('&') {
        Some((before, after)) => {
            let hot_key = after.chars().next().filter(|key| !key.is_whitespace());
            let plain = format!("{before}{after}").trim().to_owned();
            (plain, hot_key.map(|key| key.to_uppercase().next().unwrap_or(key)))
        }
        None => (label.trim().to_owned(), None),
    }
}

pub(super) fn fields(value: &Value) -> Option<Vec<FieldDescription>> {
    items(value)?.iter().map(FieldDescription::decode).collect()
}

pub(super) fn choices(value: &Value) -> Option<Vec<ChoiceDescription>> {
    items(value)?.iter().map(ChoiceDescription::decode).collect()
}

/// The items of a list, or of a one-dimensional array.
pub(super) fn items(value: &Value) -> Option<&[Value]> {
    let list = value.property("mae").unwrap_or(value);
    let Content::List(items) = &list.as_object()?.content else { return None };
    Some(items)
}
