//! Values as a document for Import-Clixml.

use pssession::PSObject;

/// A document that may have been begun.
#[derive(Default)]
pub struct Clixml {
    is_begun: bool,
    next_id: u32,
}

impl Clixml {
    pub fn write(&mut self, object: &PSObject, computer: Option<&str>, out: &mut String) {
        self.begin(out);
        out.push_str("  ");
        match computer {
            Some(computer) => {
                out.push_str(&object.with_note("PSComputerName", computer).to_clixml(&mut self.next_id));
            }
            None => out.push_str(&object.to_clixml(&mut self.next_id)),
        }
        out.push('\n');
    }

    pub fn end(&mut self, out: &mut String) {
        self.begin(out);
        out.push_str("</Objs>\n");
    }

    fn begin(&mut self, out: &mut String) {
        if !std::mem::replace(&mut self.is_begun, true) {
            out.push_str(
                "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::render::ObjectOutput as Form;
    use crate::render::objects::test_support::{shown, shown_of};

    #[test]
    fn objects_are_numbered_throughout_a_document() {
        let bag = "<Obj RefId=\"0\"><TN RefId=\"0\"><T>T</T></TN><MS><S N=\"A\">x</S></MS></Obj>";
        assert_eq!(
            shown(Form::Clixml, &["<S>&lt;</S>", bag, bag, "<SS>AAAA</SS>"]),
            concat!(
                "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n",
                "  <S>&lt;</S>\n",
                "  <Obj RefId=\"0\"><TN RefId=\"0\"><T>T</T></TN><MS><S N=\"A\">x</S></MS></Obj>\n",
                "  <Obj RefId=\"1\"><TN RefId=\"1\"><T>T</T></TN><MS><S N=\"A\">x</S></MS></Obj>\n",
                "  <Nil />\n",
                "</Objs>\n",
            )
        );
        assert_eq!(
            shown(Form::Clixml, &[]),
            "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n</Objs>\n"
        );
    }

    #[test]
    fn a_value_is_noted_with_its_computer() {
        let text = shown_of(Form::Clixml, &[("Server01", "<I32>1</I32>")]);
        assert!(text.contains("<I32>1</I32><MS><S N=\"PSComputerName\">Server01</S></MS></Obj>"), "{text}");
    }
}
