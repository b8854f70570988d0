//! What the canned commands put out, show, ask and keep.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use num_bigint::BigUint;

use super::*;
use crate::psrp::test_client::{argument, pipeline_command, pipeline_of, script_command};

const OUTPUT: u32 = 0x0004_1004;
const ERROR: u32 = 0x0004_1005;
const STATE: u32 = 0x0004_1006;
const HOST_CALL: u32 = 0x0004_1100;

/// The events of a pipeline of several commands.
fn run_commands(pool: RunspacePool, commands: &[String]) -> Vec<(u32, String)> {
    start(pool, pipeline_of(&commands.concat(), true), Instant::now()).events()
}

/// The strings among the events' data.
fn texts(events: &[(u32, String)], kind: u32) -> Vec<String> {
    let text = |data: &String| {
        let document = roxmltree::Document::parse(data).unwrap();
        let strings = document.descendants().filter(|node| node.has_tag_name("S"));
        strings.filter_map(|node| node.text().map(str::to_owned)).collect::<Vec<_>>()
    };
    events.iter().filter(|event| event.0 == kind).flat_map(|event| text(&event.1)).collect()
}

fn command(name: &str) -> String {
    pipeline_command(name, false, 0, "")
}

fn out_string() -> String {
    pipeline_command("Out-String", false, 0, &argument(Some("Stream"), "<B N=\"V\">true</B>"))
}

#[test]
fn out_string_passes_strings_on_and_makes_tables_of_objects() {
    let script = script_command("'one'; Get-Service; [pscustomobject]@{ A = 1; B = 'x' }; 'last'");
    let events = run_commands(opened(), &[script, out_string()]);
    let lines: Vec<String> = events
        .iter()
        .filter(|(kind, _)| *kind == OUTPUT)
        .map(|(_, data)| data.replace("<S>", "").replace("</S>", ""))
        .collect();
    assert_eq!(
        lines,
        [
            "one",
            "",
            "Status  Name    DisplayName",
            "------  ----    -----------",
            "Running WinRM   Windows Remote Management (WS-Management)",
            "Stopped Spooler Print Spooler",
            "",
            "",
            "A B",
            "- -",
            "1 x",
            "",
            "last",
        ]
    );
    let whole = outputs("$text = 'a', 'b' | Out-String; $text.Length");
    assert_eq!(whole, ["<I32>6</I32>"]);
}

#[test]
fn out_default_has_the_host_write_everything() {
    let script = script_command("'one'; Write-Error 'bad'");
    let merged = pipeline_command("Out-Default", false, 3, "");
    let events = run_commands(opened(), &[script.clone(), merged]);
    let calls = texts(&events, HOST_CALL);
    assert_eq!(calls, ["one", "Write-Error: bad"]);
    assert!(events[1].1.contains("WriteErrorLine") && events.iter().all(|(kind, _)| *kind != ERROR));
    // Errors that were not merged stay errors.
    let events = run_commands(opened(), &[script, command("Out-Default")]);
    assert_eq!(events.iter().map(|event| event.0).collect::<Vec<_>>(), [HOST_CALL, ERROR, STATE]);
}

#[test]
fn out_default_alone_shows_what_the_client_sends_back() {
    let mut run = start(opened(), pipeline_of(&command("Out-Default"), false), Instant::now());
    let error = "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Management.Automation.ErrorRecord</T></TN>\
                 <ToString>The pipeline has been stopped.</ToString></Obj>";
    run.pipeline.receive(message(MessageType::PipelineInput, error.to_owned()));
    run.pipeline.receive(message(MessageType::EndOfPipelineInput, String::new()));
    assert_eq!(texts(&run.events(), HOST_CALL), ["Error: The pipeline has been stopped."]);
}

#[test]
fn arguments_reach_a_script_by_position_and_by_name() {
    let script = |text: &str, arguments: &str| pipeline_command(text, true, 0, arguments);
    let positional = argument(None, "<S N=\"V\">x y</S>") + &argument(None, "<I32 N=\"V\">5</I32>");
    let named = argument(Some("-b"), "<S N=\"V\">named</S>") + &argument(None, "<I32 N=\"V\">1</I32>");
    for (text, arguments, expected) in [
        ("param($a, [int]$b) \"a=$a b=$b rest=$args\"", &positional, "a=x y b=5 rest="),
        ("param($a) \"$a and $args\"", &positional, "x y and 5"),
        ("param($a, $b) \"a=$a b=$b\"", &named, "a=1 b=named"),
        ("\"$args\"", &positional, "x y 5"),
    ] {
        let events = run_commands(opened(), &[script(text, arguments)]);
        assert_eq!(texts(&events, OUTPUT), [expected], "{text}");
    }
}

#[test]
fn statements_see_what_those_before_them_did() {
    for (script, expected) in [
        ("$x = 1, 2; $x.Count; $x", "<I32>2</I32><I32>1</I32><I32>2</I32>"),
        ("$x = 1; $x = $x + 1; \"<$x>\"", "<S>&lt;2&gt;</S>"),
        ("foreach ($i in 1..2) { \"item $i\" }", "<S>item 1</S><S>item 2</S>"),
        ("$h = @{ k = 'v' }; \"$($h.k)\"", "<S>v</S>"),
        (
            "$s = ConvertTo-SecureString 'four' -AsPlainText -Force; \"length $($s.Length)\"",
            "<S>length 4</S>",
        ),
        ("Start-Job -Name J { 'done' } | Out-Null; Receive-Job J", "<S>done</S>"),
        ("# a comment\n'x'", "<S>x</S>"),
        ("$null", ""),
        ("echo a 'b c'", "<S>a</S><S>b c</S>"),
    ] {
        assert_eq!(outputs(script).concat(), expected, "{script}");
    }
}

/// Answers the one question of a script with a value's CLIXML, and gives the call and what follows.
fn answered(script: &str, answer: &str) -> (String, Vec<(u32, String)>) {
    let mut run = pipeline(script, true, Instant::now());
    let mut asked = run.events();
    let (kind, call) = asked.pop().unwrap();
    assert_eq!((kind, asked), (HOST_CALL, Vec::new()), "{call}");
    assert!(run.pipeline.awaits_host());
    let response = |id: i64| {
        let data = format!("<Obj RefId=\"0\"><MS>{answer}<I64 N=\"ci\">{id}</I64></MS></Obj>");
        message(MessageType::PipelineHostResponse, data)
    };
    // An answer to another call is none.
    run.pipeline.receive(response(7));
    assert_eq!(run.events(), []);
    run.pipeline.receive(response(1));
    (call, run.events())
}

#[test]
fn questions_are_asked_of_the_host_and_their_answers_put_out() {
    let field = "<Obj N=\"mr\" RefId=\"1\"><DCT><En><S N=\"Key\">Your name</S><S N=\"Value\">Alice</S></En></DCT></Obj>";
    let list = "<Obj N=\"mr\" RefId=\"1\"><LST><I32>0</I32><I32>1</I32></LST></Obj>";
    let choice = "$c = $Host.UI.PromptForChoice('Caption', 'Message', @('&Yes', '&No'), 1); \"picked $c\"";
    let several =
        "$c = $Host.UI.PromptForChoice('Caption', 'Message', @('&A', '&B'), @(0, 1)); \"picked $c\"";
    for (script, method, answer, expected) in [
        ("$n = Read-Host 'Your name'; \"hello $n\"", "<I32>23</I32>", field, "hello Alice"),
        (choice, "<I32>26</I32>", "<I32 N=\"mr\">1</I32>", "picked 1"),
        (several, "<I32>56</I32>", list, "picked 0 1"),
    ] {
        let (call, events) = answered(script, answer);
        assert!(call.contains(method), "{call}");
        assert_eq!(texts(&events, OUTPUT), [expected], "{script}");
    }
    let error = "<Obj N=\"me\" RefId=\"1\"><ToString>no one is here</ToString></Obj>";
    let (_, events) = answered("Read-Host 'Your name'; 'after'", error);
    assert_eq!((events[0].0, texts(&events, OUTPUT)), (ERROR, vec!["after".to_owned()]));
    assert!(events[0].1.contains("no one is here"));
}

/// What a client sees of the session key: two primes that everyone knows make a key of 1128 bits.
fn exchanged_key(pool: &mut RunspacePool) -> SessionKey {
    let (one, two) = (BigUint::from(1u32), BigUint::from(2u32));
    let (p, q) = (two.pow(521) - &one, two.pow(607) - &one);
    let modulus = &p * &q;
    let exponent = BigUint::from(65_537u32);
    let secret = exponent.modinv(&((&p - &one) * (&q - &one))).unwrap();
    let octets = modulus.to_bytes_le();
    let bits = (octets.len() as u32 * 8).to_le_bytes();
    let blob = [b"\x06\x02\x00\x00\x00\xA4\x00\x00RSA1".as_slice(), &bits, &65_537u32.to_le_bytes(), &octets]
        .concat();
    let data = format!("<Obj RefId=\"0\"><MS><S N=\"PublicKey\">{}</S></MS></Obj>", BASE64.encode(blob));
    let answer = seen(&pool.receive(&pool_message(9, MessageType::PublicKey, &data), 0).unwrap());
    assert_eq!(kinds(&answer), [0x0001_0006]);
    let encrypted = BASE64.decode(&texts(&[(0, answer[0].data.clone())], 0)[0]).unwrap();
    assert_eq!(encrypted[..12], *b"\x01\x02\x00\x00\x10\x66\x00\x00\x00\xA4\x00\x00");
    let padded = BigUint::from_bytes_le(&encrypted[12..]).modpow(&secret, &modulus).to_bytes_be();
    SessionKey::from(<[u8; 32]>::try_from(&padded[padded.len() - 32..]).unwrap())
}

#[test]
fn secure_strings_are_encrypted_with_the_key_that_was_exchanged() {
    let mut pool = opened();
    let key = exchanged_key(&mut pool);
    let again = exchanged_key(&mut pool);
    let script = "ConvertTo-SecureString 's\u{e4}cret' -AsPlainText -Force";
    let mut run = start(pool, client::create_pipeline(script, true), Instant::now());
    let (_, data) = run.events().remove(0);
    let content = data.strip_prefix("<SS>").unwrap().strip_suffix("</SS>").unwrap();
    assert_eq!(key.decrypt(content).unwrap(), "s\u{e4}cret");
    // A second client gets the same key.
    assert_eq!(again.encrypt("x"), key.encrypt("x"));

    let answer = format!(
        "<Obj N=\"mr\" RefId=\"1\"><TN RefId=\"0\"><T>System.Management.Automation.PSCredential</T></TN><Props>\
         <S N=\"UserName\">bob</S><SS N=\"Password\">{}</SS></Props></Obj>",
        key.encrypt("secret")
    );
    let script = "$c = Get-Credential -Message 'Sign in'; \"$($c.UserName)\"; $c.Password.Length";
    let mut run = start(run.pool, client::create_pipeline(script, true), Instant::now());
    assert!(run.events()[0].1.contains("PromptForCredential2"));
    let data = format!("<Obj RefId=\"0\"><MS>{answer}<I64 N=\"ci\">1</I64></MS></Obj>");
    run.pipeline.receive(message(MessageType::PipelineHostResponse, data));
    let outputs: Vec<String> = run.events().into_iter().map(|(_, data)| data).take(2).collect();
    assert_eq!(outputs, ["<S>bob</S>", "<I32>6</I32>"]);
}

#[test]
fn what_is_no_public_key_is_refused() {
    for key in
        ["", "AAAA", &BASE64.encode(b"\x06\x02\x00\x00\x00\xA4\x00\x00RSA1\x00\x08\x00\x00\x01\x00\x01\x00")]
    {
        let data = format!("<Obj RefId=\"0\"><MS><S N=\"PublicKey\">{key}</S></MS></Obj>");
        let answer = opened().receive(&pool_message(9, MessageType::PublicKey, &data), 0);
        assert_eq!(answer.err(), Some(PoolError::BadData(MessageType::PublicKey)), "{key}");
    }
}

#[test]
fn an_endpoint_without_a_language_takes_commands_only() {
    let restricted = || {
        let mut pool = opened();
        pool.runspace.has_language = false;
        pool
    };
    for (commands, id) in [
        (vec![script_command("Get-Process")], "ScriptsNotAllowed"),
        (vec![command("Get-Process"), out_string()], "CommandNotFoundException"),
        (vec![command("Write-Host")], "CommandNotFoundException"),
    ] {
        let events = run_commands(restricted(), &commands);
        assert_eq!(events.len(), 1, "{events:?}");
        assert!(events[0].1.contains(id) && events[0].1.contains("\"PipelineState\">5<"), "{events:?}");
    }
    let named = pipeline_command("Get-Process", false, 0, &argument(Some("Name"), "<S N=\"V\">system</S>"));
    let events = run_commands(restricted(), &[named]);
    assert_eq!(events.iter().map(|event| event.0).collect::<Vec<_>>(), [OUTPUT, STATE]);
}

#[test]
fn what_a_client_asks_before_it_enters_is_answered() {
    let metadata = "<Obj RefId=\"0\"><MS><Obj N=\"Name\" RefId=\"1\"><LST><S>Out-Default</S><S>Exit-PSSession</S>\
                    <S>Nothing</S></LST></Obj></MS></Obj>";
    let pool = opened();
    let ask = message(MessageType::GetCommandMetadata, metadata.to_owned());
    let create = CreatePipeline::read(&ask, &pool.runspace).unwrap();
    let mut pool = pool;
    let pipeline = Pipeline::start(&create, &mut pool, Instant::now());
    let events = Run { pipeline, pool }.events();
    assert!(events[0].1.contains("<I32 N=\"Count\">2</I32>"), "{events:?}");
    assert_eq!(events.len(), 4);

    let line = argument(None, "<S N=\"V\">1..2 | Get-Cr</S>") + &argument(None, "<I32 N=\"V\">13</I32>");
    let tab = pipeline_command("TabExpansion2", false, 0, &line);
    let (_, completion) = run_commands(opened(), &[tab]).remove(0);
    for part in ["ReplacementIndex\">7<", "ReplacementLength\">6<", "CompletionText\">Get-Credential<"] {
        assert!(completion.contains(part), "{part}: {completion}");
    }
    assert_eq!(texts(&run_commands(opened(), &[command("prompt")]), OUTPUT), ["PS C:\\> "]);
    assert!(run_commands(opened(), &[command("Exit-PSSession")])[0].1.contains("PopRunspace"));
}

#[test]
fn records_come_with_the_calls_that_show_them() {
    for (script, record, method) in [
        ("Write-Warning 'x'", 0x0004_1009, "WriteWarningLine"),
        ("Write-Verbose 'x' -Verbose", 0x0004_1008, "WriteVerboseLine"),
        ("Write-Debug 'x' -Debug", 0x0004_1007, "WriteDebugLine"),
        ("Write-Progress 'x' 'y' -PercentComplete 5", 0x0004_1010, "WriteProgress"),
        ("Write-Host 'x' -ForegroundColor Red", 0x0004_1011, "WriteLine3"),
        ("Write-Host 'x' -NoNewline", 0x0004_1011, "Write1"),
    ] {
        let events = run(script);
        assert_eq!((events[0].0, events[1].0), (record, HOST_CALL), "{script}");
        assert!(events[1].1.contains(method), "{script}: {}", events[1].1);
    }
    assert_eq!(run("Write-Information 'x' -Tags A,B").len(), 2);
}

#[test]
fn a_script_that_does_too_much_is_ended() {
    let events = run("1..100000 | % { 1..100000 | % { $_ } | Out-Null }");
    assert!(events[events.len() - 1].1.contains("does too much"));
}
