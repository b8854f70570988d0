//! What can be wrong with an answer before its meaning is looked at.

/// An answer that is not the WS-Management message it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("the answer is neither UTF-8 nor UTF-16 text")]
    NotText,
    #[error("the answer is not well-formed XML")]
    NotWellFormed,
    #[error("the answer is incomplete")]
    Truncated,
    #[error("the answer nests elements too deeply")]
    TooDeep,
    #[error("the answer declares a document type, which SOAP forbids")]
    DocumentType,
    #[error("the answer uses the unknown entity \"{0}\"")]
    Entity(String),
    #[error("the answer has no {0} where one is required")]
    Missing(&'static str),
    #[error("the service lists more than {most} items")]
    TooManyItems { most: usize },
    #[error("the answer's {element} has the invalid value \"{value}\"")]
    Value { element: &'static str, value: String },
    #[error("the answer belongs to another action, \"{0}\"")]
    Action(String),
    #[error("the answer relates to another request, \"{0}\"")]
    RelatesTo(String),
}

impl From<quick_xml::Error> for Malformed {
    fn from(_: quick_xml::Error) -> Malformed {
        Malformed::NotWellFormed
    }
}
