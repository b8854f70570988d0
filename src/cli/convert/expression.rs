//! Int32, computed: `60*60*15`, for which PowerShell wants parentheses.

use super::error::{ConversionError, ValidationError};
use super::number::{self, Fault, literal};
use super::value::{Argument, Value};
use crate::cli::bind_error::BindError;
use crate::cli::parameter::Validation;

/// An Int32 that may be written as a sum or product: `60*60*15`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Computed(pub i32);

impl Value for Computed {
    const TYPE_NAME: &'static str = i32::TYPE_NAME;
    const IS_SCALAR: bool = true;

    fn read(argument: &Argument) -> Result<Computed, BindError> {
        argument.convert(int32_expression).map(Computed)
    }

    fn validate(&self, validation: Validation) -> Result<(), ValidationError> {
        self.0.validate(validation)
    }
}

/// Parentheses within parentheses.
const DEPTH: usize = 32;

/// Reads numbers with `+`, `-`, `*` and parentheses between them. Each number is written as [`super::int32`] has it.
/// What comes out must be an Int32; PowerShell would go on with floating point.
pub fn int32_expression(text: &str) -> Result<i32, ConversionError> {
    let mut rest = Rest(text.trim());
    let value =
        rest.sum(DEPTH).and_then(|value| if rest.0.is_empty() { Ok(value) } else { Err(Fault::NotANumber) });
    let number = value.and_then(|value| i32::try_from(value).map_err(|_| Fault::OutOfRange));
    number.map_err(|fault| number::fail(text, fault))
}

/// What is still to be read.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn sum(&mut self, depth: usize) -> Result<i64, Fault> {
        let mut value = self.product(depth)?;
        while let Some(operator) = self.take(&['+', '-']) {
            let next = self.product(depth)?;
            let sum = if operator == '+' { value.checked_add(next) } else { value.checked_sub(next) };
            value = sum.ok_or(Fault::OutOfRange)?;
        }
        Ok(value)
    }

    fn product(&mut self, depth: usize) -> Result<i64, Fault> {
        let mut value = self.factor(depth)?;
        while self.take(&['*']).is_some() {
            value = value.checked_mul(self.factor(depth)?).ok_or(Fault::OutOfRange)?;
        }
        Ok(value)
    }

    fn factor(&mut self, depth: usize) -> Result<i64, Fault> {
        let depth = depth.checked_sub(1).ok_or(Fault::NotANumber)?;
        match self.take(&['-', '+', '(']) {
            Some('-') => self.factor(depth)?.checked_neg().ok_or(Fault::OutOfRange),
            Some('+') => self.factor(depth),
            Some(_) => {
                let value = self.sum(depth)?;
                self.take(&[')']).map(|_| value).ok_or(Fault::NotANumber)
            }
            None => {
                let end = self.0.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(self.0.len());
                let (number, rest) = self.0.split_at(end);
                self.0 = rest.trim_start();
                literal(number)
            }
        }
    }

    /// One of these characters, if it comes next.
    fn take(&mut self, characters: &[char]) -> Option<char> {
        let rest = self.0.strip_prefix(characters)?;
        let taken = self.0.chars().next();
        self.0 = rest.trim_start();
        taken
    }
}
