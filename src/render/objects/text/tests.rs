//! Views, tables and lists.

use crate::render::ObjectOutput as Form;
use crate::render::objects::Objects;
use crate::render::objects::test_support::{object, shown as shown_in, shown_of};

fn shown(values: &[&str]) -> String {
    shown_in(Form::Text, values)
}

fn bag(properties: &str) -> String {
    format!("<Obj RefId=\"0\"><MS>{properties}</MS></Obj>")
}

fn of_type(name: &str, properties: &str) -> String {
    format!("<Obj RefId=\"0\"><TN RefId=\"0\"><T>{name}</T></TN><Props>{properties}</Props></Obj>")
}

#[test]
fn up_to_four_properties_are_a_table_as_wide_as_its_rows() {
    let row = |name: &str, size: &str| bag(&format!(r#"<S N="Name">{name}</S>{size}"#));
    assert_eq!(
        shown(&[
            &row("one", r#"<I32 N="Size">1</I32>"#),
            &row("two", r#"<I32 N="Size">22222</I32>"#),
            &row("three", r#"<Db N="Size">3.14159</Db>"#),
            &bag(r#"<I32 N="Other">1</I32>"#),
        ]),
        "\nName   Size\n----   ----\none       1\ntwo   22222\nthree  3.14\n           \n\n"
    );
}

#[test]
fn more_properties_are_a_list() {
    let many = bag(concat!(
        r#"<I32 N="A">1</I32><Nil N="Bee" /><S N="C">two_x000A_lines</S><Db N="D">2.5</Db>"#,
        r#"<Obj N="E" RefId="1"><LST><I32>1</I32><Nil /><S>x</S><I32>4</I32><I32>5</I32></LST></Obj>"#,
        r#"<Obj N="F" RefId="2"><DCT><En><S N="Key">k</S><I32 N="Value">1</I32></En></DCT></Obj>"#,
    ));
    let list =
        "A   : 1\nBee : \nC   : two\n      lines\nD   : 2.5\nE   : {1, $null, x, 4…}\nF   : {[k, 1]}\n\n";
    assert_eq!(shown(&[&many]), format!("\n{list}"));
    assert_eq!(shown(&[&many, &many]), format!("\n{list}{list}"));
}

#[test]
fn plain_values_stand_between_the_rows_in_order() {
    let row = |number: i32| bag(&format!(r#"<I32 N="A">{number}</I32><I32 N="B">2</I32>"#));
    assert_eq!(
        shown(&["<S>before</S>", &row(1), "<S>between</S>", "", "<I32>7</I32>", &row(100), "<B>true</B>"]),
        "before\n\n  A B\n  - -\n  1 2\nbetween\n7\n100 2\nTrue\n\n"
    );
}

#[test]
fn known_types_have_their_views() {
    let service = of_type(
        "Deserialized.System.ServiceProcess.ServiceController",
        r#"<S N="DisplayName">Windows Remote Management (WS-Management)</S><S N="Name">WinRM</S><S N="Status">Running</S>"#,
    );
    assert_eq!(
        shown(&[&service]),
        concat!(
            "\nStatus   Name               DisplayName\n------   ----               -----------\n",
            "Running  WinRM              Windows Remote Management (WS-Managem…\n\n",
        )
    );
    let process = of_type(
        "System.Diagnostics.Process",
        r#"<I64 N="NPM">20480</I64><I64 N="PM">1572864</I64><I64 N="WS">1887436800</I64><Db N="CPU">12.345</Db><I32 N="Id">12</I32><I32 N="SI">1</I32><S N="ProcessName">pwsh</S>"#,
    );
    assert_eq!(
        shown(&[&process]),
        concat!(
            "\n NPM(K)    PM(M)      WS(M)     CPU(s)      Id  SI ProcessName\n",
            " ------    -----      -----     ------      --  -- -----------\n",
            "     20     1.50   1,800.00      12.35      12   1 pwsh\n\n",
        )
    );
}

#[test]
fn a_view_without_widths_is_as_wide_as_its_rows() {
    let service = of_type(
        "Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_Service",
        r#"<S N="Name">WinRM</S><U32 N="ProcessId">1234</U32><S N="State">Running</S><S N="StartMode">Auto</S><U32 N="ExitCode">0</U32><S N="Status">OK</S><S N="Caption">not shown</S>"#,
    );
    assert_eq!(
        shown(&[&service]),
        concat!(
            "\nProcessId Name  StartMode State   Status ExitCode\n--------- ----  --------- -----   ------ --------\n",
            "1234      WinRM Auto      Running OK     0\n\n",
        )
    );
}

#[test]
fn files_are_under_their_directories() {
    let file = |directory: &str, name: &str| {
        of_type(
            "System.IO.FileInfo",
            &format!(
                r#"<S N="Name">{name}</S><I64 N="Length">6</I64><DT N="LastWriteTime">2026-01-02T03:04:05Z</DT><S N="Mode">-a---</S><S N="PSParentPath">Microsoft.PowerShell.Core\FileSystem::{directory}</S>"#
            ),
        )
    };
    let head = "Mode                 LastWriteTime         Length Name\n----                 -------------         ------ ----\n";
    assert_eq!(
        shown(&[&file(r"C:\a", "1"), &file(r"C:\a", "2"), &file(r"C:\b", "3")]),
        format!(
            concat!(
                "\n    Directory: C:\\a\n\n{0}",
                "-a---          01/02/2026    03:04              6 1\n",
                "-a---          01/02/2026    03:04              6 2\n",
                "\n    Directory: C:\\b\n\n{0}",
                "-a---          01/02/2026    03:04              6 3\n\n",
            ),
            head
        )
    );
}

#[test]
fn what_does_not_belong_to_a_known_view_is_a_list_within() {
    let path = "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Management.Automation.PathInfo</T></TN><Props><S N=\"Path\">/tmp</S></Props></Obj>";
    assert_eq!(
        shown(&[path, &bag(r#"<I32 N="A">1</I32>"#), path]),
        "\nPath\n----\n/tmp\n\nA : 1\n\n/tmp\n\n"
    );
}

#[test]
fn a_window_cuts_columns_and_wide_characters_count_twice() {
    let row = bag(&format!(r#"<S N="Name">{}</S><S N="Value">{}</S>"#, "日".repeat(4), "y".repeat(200)));
    let text = shown(&[&row]);
    let last = text.lines().nth(3).unwrap();
    assert_eq!(last, format!("日日日日 {}…", "y".repeat(110)));
    let row = bag(&format!(r#"<S N="Name">{}</S><S N="Value">y</S>"#, "x".repeat(150)));
    let text = shown(&[&row]);
    assert_eq!(text.lines().nth(1), Some("Name"), "the other column has no place");
    assert_eq!(text.lines().nth(3).unwrap(), format!("{}…", "x".repeat(119)));
}

#[test]
fn dates_and_errors_are_lines() {
    assert_eq!(shown(&["<DT>2026-01-02T03:04:05</DT>"]), "\nFriday, 02 January 2026 03:04:05\n\n");
    let record = concat!(
        "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Management.Automation.ErrorRecord</T></TN><ToString>no</ToString>",
        "<MS><S N=\"ErrorCategory_Activity\">Get-Item</S></MS></Obj>",
    );
    assert_eq!(shown(&[record]), "Get-Item: no\n");
}

#[test]
fn rows_are_held_back_until_nothing_comes_or_they_are_many() {
    let row = object(&bag(&format!(r#"<S N="A">{}</S>"#, "x".repeat(100))));
    let mut objects = Objects::new(Form::Text, 120, false);
    let mut out = String::new();
    objects.write("", &row, &mut out);
    assert_eq!(out, "\n");
    objects.flush(&mut out);
    assert_eq!(out.lines().count(), 4);
    objects.write("", &row, &mut out);
    assert_eq!(out.lines().count(), 5, "the widths are settled");

    let mut objects = Objects::new(Form::Text, 120, false);
    let mut out = String::new();
    for _ in 0..1000 {
        objects.write("", &row, &mut out);
    }
    assert!(out.lines().count() > 900, "a bounded number is held back");
}

#[test]
fn several_computers_have_their_lines_named_and_their_tables_apart() {
    let row = |number: i32| bag(&format!(r#"<I32 N="A">{number}</I32>"#));
    assert_eq!(
        shown_of(
            Form::Text,
            &[
                ("S1", "<S>one</S>"),
                ("S2", &row(1)),
                ("S1", &row(2)),
                ("S2", "<I32>3</I32>"),
                ("S2", &row(4))
            ]
        ),
        "S1: one\nS2: 3\nS1:\n\nA\n-\n2\n\nS2:\n\nA\n-\n1\n4\n\n"
    );
    let mut objects = Objects::new(Form::Text, 120, true);
    let mut out = String::new();
    objects.write("S1", &object(&row(1)), &mut out);
    assert_eq!(out, "");
    objects.end_computer("S1", &mut out);
    assert_eq!(out, "S1:\n\nA\n-\n1\n\n");
}

/// 40 levels of sharing are 10^12 values.
#[test]
fn sharing_and_cycles_are_shown_within_bounds() {
    let mut xml = String::from(r#"<Obj RefId="0"><LST><I32>1</I32></LST></Obj>"#);
    for level in 1..40 {
        let below = level - 1;
        xml = format!(r#"<Obj RefId="{level}"><LST>{xml}<Ref RefId="{below}" /></LST></Obj>"#);
    }
    assert!(shown(&[&xml]).len() < 10_000);
    assert_eq!(
        shown(&[r#"<Obj RefId="0"><MS><Ref N="Self" RefId="0" /><I32 N="N">1</I32></MS></Obj>"#]),
        "\nSelf            N\n----            -\n@{Self=; N=1}   1\n\n"
            .replace("            N", "          N")
            .replace("            -", "          -")
            .replace("   1", " 1")
    );
}

#[test]
fn a_layout_that_the_server_made_is_shown_as_it_is() {
    let packet = |name: &str, properties: &str| {
        of_type(&format!("Microsoft.PowerShell.Commands.Internal.Format.{name}"), properties)
    };
    let nested = |name: &str, type_name: &str, id: u32, properties: &str| {
        format!(
            r#"<Obj N="{name}" RefId="{id}"><TN RefId="{id}"><T>Microsoft.PowerShell.Commands.Internal.Format.{type_name}</T></TN><Props>{properties}</Props></Obj>"#
        )
    };
    let list = |name: &str, id: u32, items: &str| {
        format!(r#"<Obj N="{name}" RefId="{id}"><LST>{items}</LST></Obj>"#)
    };
    let column = r#"<Obj RefId="3"><Props><I32 N="width">0</I32><I32 N="alignment">3</I32><Nil N="label" /><S N="propertyName">Size</S></Props></Obj>"#;
    let header = nested("shapeInfo", "TableHeaderInfo", 1, &list("tableColumnInfoList", 2, column));
    let cell = r#"<Obj RefId="3"><Props><S N="propertyValue">1234567</S></Props></Obj>"#;
    let row = nested("formatEntryInfo", "TableRowEntry", 1, &list("formatPropertyFieldList", 2, cell));
    assert_eq!(
        shown(&[
            &packet("FormatStartData", &header),
            &packet("GroupStartData", ""),
            &packet("FormatEntryData", &row),
            &packet("GroupEndData", ""),
            &packet("FormatEndData", ""),
            "<S>after</S>",
        ]),
        "\n   Size\n   ----\n1234567\n\nafter\n"
    );
}
