//! What can be wrong with the text of a value.

/// Why a text is not a CLIXML value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReadError {
    /// Counted to the end of the piece of markup or text that is at fault.
    #[error("the text is not well-formed XML up to byte {0}")]
    NotWellFormed(u64),
    #[error("a start tag is malformed")]
    MalformedTag,
    #[error("the text ends before its value does")]
    Truncated,
    #[error("the text has a document type declaration")]
    DocumentType,
    #[error("the text uses the unknown entity {0}")]
    UnknownEntity(String),
    #[error("the element {0} is not expected here")]
    UnexpectedElement(String),
    #[error("there is text between elements")]
    UnexpectedText,
    #[error("the text of an element {0} does not have the form of its type")]
    InvalidText(&'static str),
    #[error("an element {0} needs a number as its RefId")]
    InvalidRefId(&'static str),
    #[error("a property has no name")]
    MissingName,
    #[error("an entry of a dictionary is not one key and one value")]
    InvalidEntry,
    #[error("two objects have the number {0}")]
    DuplicateObject(u32),
    #[error("two lists of type names have the number {0}")]
    DuplicateTypeNames(u32),
    #[error("object {0} is referenced before it is defined")]
    UnknownObject(u32),
    #[error("the type names {0} are referenced before they are defined")]
    UnknownTypeNames(u32),
    #[error("the text exceeds the size limit")]
    TooLarge,
    #[error("objects are nested too deeply")]
    TooDeep,
    #[error("there are too many elements")]
    TooManyElements,
    #[error("there are too many objects")]
    TooManyObjects,
    #[error("there are too many references")]
    TooManyReferences,
}
