//! Every binding error, in the exact words and with the exact id.

use super::*;
use crate::cli::tests::{INVALID_DATA, check, check_as, record, request, words_of};

#[test]
fn names_that_nothing_has() {
    check(
        &["-Foo", "x"],
        "NamedParameterNotFound",
        "A parameter cannot be found that matches parameter name 'Foo'.",
    );
    check(
        &["--foo"],
        "NamedParameterNotFound",
        "A parameter cannot be found that matches parameter name '--foo'.",
    );
    let hint = |words: &[&str]| words_of(record(words).hint);
    assert_eq!(hint(&["-Foo"]), "'connect-pssession -?' lists the parameters");
    assert_eq!(hint(&["--outptu", "json"]), "did you mean --output?");
    assert_eq!(hint(&["--computername", "s"]), "did you mean -ComputerName?");
    assert_eq!(hint(&["--cn=s"]), "did you mean -ComputerName?");
    assert_eq!(hint(&["--ComputrName", "s"]), "did you mean -ComputerName?");
    assert_eq!(hint(&["-output", "json"]), "did you mean --output?");
    assert_eq!(hint(&["\u{2014}version"]), "did you mean --version?");
}

#[test]
fn arguments_that_do_not_bind() {
    check(
        &["Server01", "Server02"],
        "PositionalParameterNotFound",
        "A positional parameter cannot be found that accepts argument 'Server02'.",
    );
    check(
        &["-Name"],
        "MissingArgument",
        "Missing an argument for parameter 'Name'. Specify a parameter of type 'System.String[]' and try again.",
    );
    check(
        &["-SessionOption", "-Port", "1"],
        "MissingArgument",
        "Missing an argument for parameter 'SessionOption'. Specify a parameter of type \
         'System.Management.Automation.Remoting.PSSessionOption' and try again.",
    );
    check(
        &["-Con", "x"],
        "AmbiguousParameter",
        "Parameter cannot be processed because the parameter name 'Con' is ambiguous. Possible matches include: \
         -ConfigurationName -ConnectionUri -Confirm.",
    );
    check(
        &["-Name", "x", "-Id", "4"],
        "AmbiguousParameterSet",
        "Parameter set cannot be resolved using the specified named parameters.",
    );
    check(
        &[],
        "MissingMandatoryParameter",
        "Cannot process command because of one or more missing mandatory parameters: Name.",
    );
    check(
        &["-Name", "a", "-n", "b"],
        "ParameterAlreadyBound",
        "Cannot bind parameter because parameter 'Name' is specified more than once. To provide multiple values to \
         parameters that can accept multiple values, use the array syntax. For example, \"-parameter \
         value1,value2,value3\".",
    );
}

#[test]
fn values_that_do_not_convert() {
    check(
        &["-Id", "abc"],
        "CannotConvertArgumentNoMessage",
        "Cannot bind parameter 'Id'. Cannot convert value \"abc\" to type \"System.Int32\". Error: \"Input string was \
         not in a correct format.\"",
    );
    check(
        &["-Id", "1,"],
        "CannotConvertArgumentNoMessage",
        "Cannot bind parameter 'Id'. Cannot convert value \"\" to type \"System.Int32\". Error: \"Input string was \
         not in a correct format.\"",
    );
    check(
        &["99999999999"],
        "CannotConvertArgumentNoMessage",
        "Cannot bind parameter 'Id'. Cannot convert value \"99999999999\" to type \"System.Int32\". Error: \"Value was \
         either too large or too small for an Int32.\"",
    );
    check(
        &["-InstanceId", "x"],
        "CannotConvertArgumentNoMessage",
        "Cannot bind parameter 'InstanceId'. Cannot convert value \"x\" to type \"System.Guid\". Error: \"Guid should \
         contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx).\"",
    );
    check(
        &["s", "-Authentication", "NTLM"],
        "CannotConvertArgumentNoMessage",
        "Cannot bind parameter 'Authentication'. Cannot convert value \"NTLM\" to type \
         \"System.Management.Automation.Runspaces.AuthenticationMechanism\". Error: \"Unable to match the identifier \
         name NTLM to a valid enumerator name. Specify one of the following enumerator names and try again:\nDefault, \
         Basic, Negotiate, NegotiateWithImplicitCredential, Credssp, Digest, Kerberos\"",
    );
    check(
        &["s", "-Authentication", "neg"],
        "CannotConvertArgumentNoMessage",
        "Cannot bind parameter 'Authentication'. Cannot convert value \"neg\" to type \
         \"System.Management.Automation.Runspaces.AuthenticationMechanism\". Error: \"The identifier name neg cannot \
         be processed because it is either too similar or identical to the following enumerator names: Negotiate, \
         NegotiateWithImplicitCredential. Use a more specific identifier name.\"",
    );
    check(
        &["4", "-ErrorAction", "5"],
        "CannotConvertArgumentNoMessage",
        "Cannot bind parameter 'ErrorAction'. Cannot convert value \"5\" to type \
         \"System.Management.Automation.ActionPreference\" due to enumeration values that are not valid. Specify one \
         of the following enumeration values and try again. The possible enumeration values are \
         \"SilentlyContinue,Stop,Continue,Inquire,Ignore\".",
    );
    check(
        &["s", "-SessionOption", "foo"],
        "CannotConvertArgumentNoMessage",
        "Cannot bind parameter 'SessionOption'. Cannot convert the \"foo\" value of type \"System.String\" to type \
         \"System.Management.Automation.Remoting.PSSessionOption\".",
    );
    check(
        &["s", "-Port", "5985,5986"],
        "CannotConvertArgument",
        "Cannot convert 'System.Object[]' to the type 'System.Int32' required by parameter 'Port'. Specified method \
         is not supported.",
    );
    check(
        &["s", "-UseSSL:yes"],
        "CannotConvertArgument",
        "Cannot convert 'System.String' to the type 'System.Management.Automation.SwitchParameter' required by \
         parameter 'UseSSL'.",
    );
    check_as(
        &["s", "-Credential", ""],
        "ParameterArgumentTransformationError",
        (ErrorCategory::InvalidData, "ParameterBindingArgumentTransformationException"),
        "Cannot process argument transformation on parameter 'Credential'. Cannot process argument because the value \
         of argument \"userName\" is not valid. Change the value of the \"userName\" argument and run the operation \
         again.",
    );
}

#[test]
fn values_that_are_not_valid() {
    const ID: &str = "ParameterArgumentValidationError";
    check_as(
        &["s", "-Port", "0"],
        ID,
        INVALID_DATA,
        "Cannot validate argument on parameter 'Port'. The 0 argument is less than the minimum allowed range of 1. \
         Supply an argument that is greater than or equal to 1 and then try the command again.",
    );
    check_as(
        &["s", "-Port", "65536"],
        ID,
        INVALID_DATA,
        "Cannot validate argument on parameter 'Port'. The 65536 argument is greater than the maximum allowed range \
         of 65535. Supply an argument that is less than or equal to 65535 and then try the command again.",
    );
    check_as(
        &["s", "-CertificateThumbprint", ""],
        ID,
        INVALID_DATA,
        "Cannot validate argument on parameter 'CertificateThumbprint'. The argument is null or empty. Provide an \
         argument that is not null or empty, and then try the command again.",
    );
    for (words, name) in [
        (&["-Name", ""] as &[_], "Name"),
        (&["-Name", "a,"], "Name"),
        (&[""], "ComputerName"),
        (&["-ConnectionUri", "http://s,,http://t"], "ConnectionUri"),
        (&["-Session", ""], "Session"),
    ] {
        let message = format!(
            "Cannot validate argument on parameter '{name}'. The argument is null, empty, or an element of the \
             argument collection contains a null value. Supply a collection that does not contain any null values \
             and then try the command again."
        );
        check_as(words, ID, INVALID_DATA, &message);
    }
}

#[test]
fn credentials_that_exclude_each_other() {
    let check = |words: &[&str], name: &str, conflict: &str| {
        check_as(
            words,
            "ParameterBindingFailed",
            (ErrorCategory::WriteError, "ParameterBindingException"),
            &format!(
                "Cannot bind parameter '{name}' to the target. Exception setting \"{name}\": \"{conflict}\""
            ),
        );
    };
    let both = "A CertificateThumbPrint cannot be specified when Credential is specified.";
    check(&["s", "-Credential", "u", "-CertificateThumbprint", "t"], "CertificateThumbprint", both);
    check(&["s", "-CertificateThumbprint", "t", "-Credential", "u"], "Credential", both);
    check(
        &["s", "-Authentication", "Basic", "-CertificateThumbprint", "t"],
        "CertificateThumbprint",
        "A CertificateThumbPrint cannot be specified when Basic is specified.",
    );
    check(
        &["s", "-CertificateThumbprint", "t", "-Authentication", "Basic"],
        "Authentication",
        "A CertificateThumbPrint cannot be specified when Basic is specified.",
    );
    check(
        &["s", "-Authentication", "3", "-Credential", "u"],
        "Credential",
        "A Credential cannot be specified when NegotiateWithImplicitCredential is specified.",
    );
    request(&["s", "-Authentication", "Default", "-CertificateThumbprint", &"ab".repeat(20)]);
}

#[test]
fn targets_that_cannot_be() {
    use ErrorCategory::NotSpecified;
    check_as(
        &["-ConnectionUri", "Server01"],
        "System.NotSupportedException",
        (NotSpecified, "NotSupportedException"),
        "Relative URIs are not supported in the creation of remote sessions.",
    );
    check_as(
        &["ftp://Server01"],
        "System.ArgumentException",
        (NotSpecified, "ArgumentException"),
        "ftp is not a valid schema value. Valid values are \"http\" and \"https\".",
    );
    check_as(
        &["http://"],
        "System.UriFormatException",
        (NotSpecified, "UriFormatException"),
        "Invalid URI: The format of the URI could not be determined.",
    );
    check_as(
        &["-ComputerName", "Server01:5985"],
        "System.UriFormatException",
        (NotSpecified, "UriFormatException"),
        "Invalid URI: The hostname could not be parsed.",
    );
    assert_eq!(
        words_of(record(&["-ComputerName", "http://Server01"]).hint),
        "give a full address with -ConnectionUri"
    );
    let record = record(&["http://User01:Passw0rd!@Server01/"]);
    assert!(!format!("{record:?}").contains("Passw0rd!"));
    assert_eq!(words_of(record.hint), "give the user name with -Credential");
}

#[test]
fn a_line_of_standard_input_that_is_no_session() {
    let error = BindError::InputObjectNotBound { line: 3, text: "{}".into(), reason: BadInput::NotASession };
    let record = error.record(Cmdlet::ConnectPSSession);
    assert_eq!(
        record.message,
        "The input object cannot be bound to any parameters for the command either because the command does not take \
         pipeline input or the input and its properties do not match any of the parameters that take pipeline input."
    );
    assert_eq!(
        record.fully_qualified_error_id,
        "InputObjectNotBound,Microsoft.PowerShell.Commands.ConnectPSSessionCommand"
    );
    assert_eq!(record.target.map(|target| (target.name, target.type_name)), Some(("{}".into(), "String")));
    assert!(words_of(record.hint).starts_with("line 3 "));
}
