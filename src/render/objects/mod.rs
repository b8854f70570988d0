//! The output of remote commands, in the form that was asked for (DESIGN.md 8).

mod clixml;
mod csv;
mod json;
#[cfg(test)]
mod test_support;
mod text;

#[cfg(test)]
mod transcripts;

pub use json::error;

use crate::render::ObjectOutput;
use pssession::PSObject;

/// The values of one run: each is appended to a text as it comes, with what goes before and after it.
pub struct Objects {
    writer: Writer,
    /// Whether each value says which computer it is from.
    with_computer: bool,
    written: usize,
}

enum Writer {
    Text(text::Texts),
    Json,
    JsonLines,
    Csv(csv::Csv),
    Clixml(clixml::Clixml),
}

impl Objects {
    /// `width` is that of the window, for text.
    pub fn new(form: ObjectOutput, width: usize, with_computer: bool) -> Objects {
        let writer = match form {
            ObjectOutput::Text => Writer::Text(text::Texts::new(width, with_computer)),
            ObjectOutput::Json => Writer::Json,
            ObjectOutput::JsonLines => Writer::JsonLines,
            ObjectOutput::Csv => Writer::Csv(csv::Csv::default()),
            ObjectOutput::Clixml => Writer::Clixml(clixml::Clixml::default()),
        };
        Objects { writer, with_computer, written: 0 }
    }

    /// Appends a value of a computer. The first rows of a table are held back until its columns are known.
    pub fn write(&mut self, computer: &str, object: &PSObject, out: &mut String) {
        let source = self.with_computer.then_some(computer);
        match &mut self.writer {
            Writer::Text(texts) => texts.write(computer, object, out),
            Writer::Json => {
                out.push_str(if self.written == 0 { "[\n" } else { ",\n" });
                json::write(object, source, out);
            }
            Writer::JsonLines => {
                json::write(object, source, out);
                out.push('\n');
            }
            Writer::Csv(csv) => csv.write(object, source, out),
            Writer::Clixml(clixml) => clixml.write(object, source, out),
        }
        self.written += 1;
    }

    /// Appends the rows that are held back: nothing has come for a while.
    pub fn flush(&mut self, out: &mut String) {
        if let Writer::Text(texts) = &mut self.writer {
            texts.flush(out);
        }
    }

    /// Appends what a computer has left: it sends no more.
    pub fn end_computer(&mut self, computer: &str, out: &mut String) {
        if let Writer::Text(texts) = &mut self.writer {
            texts.end_computer(computer, out);
        }
    }

    /// Appends the end of it all.
    pub fn end(&mut self, out: &mut String) {
        match &mut self.writer {
            Writer::Text(texts) => texts.end(out),
            Writer::Json => out.push_str(if self.written == 0 { "[]\n" } else { "\n]\n" }),
            Writer::JsonLines | Writer::Csv(_) => {}
            Writer::Clixml(clixml) => clixml.end(out),
        }
    }
}
