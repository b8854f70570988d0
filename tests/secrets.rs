//! Where the password must not be: output of any kind, the store, and the memory of a program whose login is done.

use crate::support::{Login, Place, Seen, instance};
use base64::prelude::{BASE64_STANDARD, Engine};
use pssession_listener::{DigestPolicy, Effect, Injection, Target, User, Verb};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Child, Stdio};

/// Like nothing else in a program's memory.
const PASSWORD: &str = "Zq7#kV2pXw9!tLm4";

/// Its NT hash, and alice's NTOWFv2 (MS-NLMP 3.3.2): as good as the password to NTLM.
const NT_HASH: [u8; 16] =
    [0xe6, 0x84, 0x40, 0x8f, 0x2e, 0xbe, 0x9a, 0x77, 0x90, 0x53, 0x35, 0x4f, 0x2b, 0x9d, 0x43, 0x3f];
const NTOWFV2: [u8; 16] =
    [0xdc, 0x5a, 0x35, 0x86, 0xda, 0xa2, 0x2d, 0xf6, 0x83, 0xac, 0x3b, 0xf6, 0x86, 0x71, 0x73, 0xe0];

/// The password in every form it may take in transit, with a name for each.
fn forms() -> Vec<(&'static str, Vec<u8>)> {
    let utf16: Vec<u8> = PASSWORD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hexadecimal = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    let base64 = |octets: &[u8]| BASE64_STANDARD.encode(octets).trim_end_matches('=').as_bytes().to_vec();
    let user_and_password = format!("alice:{PASSWORD}");
    vec![
        ("UTF-8", PASSWORD.into()),
        ("UTF-16", utf16.clone()),
        ("UTF-8 in base64", base64(PASSWORD.as_bytes())),
        ("UTF-16 in base64", base64(&utf16)),
        ("Basic's user and password", base64(user_and_password.as_bytes())),
        ("UTF-8 in hexadecimal", hexadecimal(PASSWORD.as_bytes()).into()),
        ("UTF-8 in upper-case hexadecimal", hexadecimal(PASSWORD.as_bytes()).to_uppercase().into()),
        ("UTF-16 in hexadecimal", hexadecimal(&utf16).into()),
        ("NT hash", NT_HASH.into()),
        ("NTOWFv2", NTOWFV2.into()),
    ]
}

fn count(text: &[u8], pattern: &[u8]) -> usize {
    let mut count = 0;
    let mut rest = text;
    while let Some(at) = rest.iter().position(|octet| *octet == pattern[0]) {
        rest = &rest[at..];
        count += usize::from(rest.starts_with(pattern));
        rest = &rest[1..];
    }
    count
}

#[track_caller]
fn has_no_secret(what: &str, text: &[u8]) {
    for (form, pattern) in forms() {
        assert_eq!(count(text, &pattern), 0, "{what} has the password as {form}");
    }
}

/// A listener whose alice has that password.
fn place() -> Place {
    Place::with(|config| config.users = vec![User::new("alice", PASSWORD)])
}

fn all_files(directory: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(all_files(&path)),
            false => found.push(fs::read(path).unwrap()),
        }
    }
    found
}

#[test]
fn the_password_is_in_nothing_that_is_printed_or_kept() {
    const LEVELS: [&[&str]; 5] = [
        &["--output", "table"],
        &["--output", "table", "-Verbose"],
        &["--output", "table", "-Debug"],
        &["--output", "json", "-Debug", "-Verbose"],
        &["--output", "jsonl", "-Debug", "-Verbose"],
    ];
    for way in [Login::Ntlm, Login::Basic] {
        for level in LEVELS {
            let place = place();
            let shell = place.session("ITTask");
            let run = |args: &[&str]| {
                let args = [args, level].concat();
                Seen::of(place.command(way, &args).env("PSSESSION_PASSWORD", PASSWORD))
            };
            let well = run(&["-Name", "ITTask"]);
            assert_eq!(well.status, 0, "{well:?}");
            assert!(level.contains(&"table") || well.stdout.contains(&instance(&shell)), "{well:?}");
            place.session("Other");
            let mut all = vec![well];
            // And with the server making trouble.
            for effect in [
                Effect::Fault(5, Some("no".into())),
                Effect::Status(500, Some("<html>".into())),
                Effect::ExpireLogin,
                Effect::DropBefore,
                Effect::Garbage,
            ] {
                place.listener.inject(Injection::new(Target::Soap, effect));
                all.push(run(&["-Name", "Other", "-WhatIf"]));
            }
            for seen in all {
                has_no_secret("standard output", seen.stdout.as_bytes());
                has_no_secret("standard error", seen.stderr.as_bytes());
            }
            all_files(place.home.path()).iter().for_each(|file| has_no_secret("a file", file));
        }
    }
}

/// All that a process has in its memory, by what it is. `None` where that cannot be read.
fn memory(child: &Child) -> Option<BTreeMap<String, Vec<u8>>> {
    let folder = Path::new("/proc").join(child.id().to_string());
    let maps = fs::read_to_string(folder.join("maps")).ok()?;
    let mut memory = fs::File::open(folder.join("mem")).ok()?;
    let mut found = BTreeMap::<String, Vec<u8>>::new();
    for line in maps.lines() {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let (start, end) = (u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(end, 16).ok()?);
        if !rest.starts_with("rw") {
            continue;
        }
        let mut octets = vec![0; usize::try_from(end - start).ok()?];
        memory.seek(SeekFrom::Start(start)).ok()?;
        if memory.read_exact(&mut octets).is_ok() {
            let name = rest.split_whitespace().nth(4).unwrap_or("anonymous").to_owned();
            found.entry(name).or_default().extend(octets);
        }
    }
    Some(found)
}

/// Whether all threads of a process wait for something.
fn is_asleep(child: &Child) -> bool {
    let threads = fs::read_dir(format!("/proc/{}/task", child.id())).unwrap();
    threads.flatten().all(|thread| {
        let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('S'))
    })
}

/// Starts the program and stops it when this request is not answered, which comes after `before` others. Gives how
/// often its memory has each form of the password.
fn forms_in_memory(
    authentication: &str,
    unanswered: Target,
    before: u64,
) -> Option<BTreeMap<&'static str, usize>> {
    let place = Place::with(|config| {
        config.users = vec![User::new("alice", PASSWORD)];
        config.login.digest = Some(DigestPolicy::default());
    });
    place.session("ITTask");
    place.listener.inject(Injection::new(unanswered, Effect::Never));
    let file = place.home.write("password", PASSWORD);
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut args =
        place.to(if matches!(authentication, "Basic" | "Digest") { Login::Basic } else { Login::Ntlm });
    args.retain(|arg| !matches!(arg.as_str(), "-Authentication" | "Basic"));
    let more = ["-Authentication", authentication, "-Name", "ITTask", "--password-file", &file];
    args.extend(more.map(str::to_owned));
    let mut command = place.home.program(&args);
    command.env_remove("PSSESSION_PASSWORD").stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    while place.listener.counters().http_requests <= before || !is_asleep(&child) {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        std::thread::yield_now();
    }
    let memory = memory(&child);
    child.kill().unwrap();
    child.wait().unwrap();
    let Some(memory) = memory else {
        eprintln!("skipped: this system does not show the memory of a process");
        return None;
    };
    assert!(memory.contains_key("[heap]") && memory.contains_key("[stack]"), "{:?}", memory.keys());
    let mut found = BTreeMap::new();
    for (form, pattern) in forms() {
        for (region, octets) in &memory {
            let n = count(octets, &pattern);
            if n > 0 {
                eprintln!("{authentication} {form} in {region}: {n}");
                *found.entry(form).or_default() += n;
            }
        }
    }
    Some(found)
}

#[test]
fn while_a_server_is_silent_the_password_is_not_in_memory() {
    let connect = Target::Verb(Verb::Connect);
    for (authentication, unanswered, before) in [
        // The first leg, in the middle of the login.
        ("Negotiate", Target::Http, 0),
        ("Credssp", Target::Http, 0),
        ("Digest", Target::Http, 0),
        // The Connect, after it: NTLM and Digest take a leg of their own, and the query comes with the last one.
        ("Negotiate", connect, 2),
        ("Digest", connect, 2),
    ] {
        let found = forms_in_memory(authentication, unanswered, before);
        assert_eq!(found.unwrap_or_default(), BTreeMap::new(), "{authentication} after {before}");
    }
}

/// Basic sends the password with every request, and the HTTP library keeps what it sends: the header's text stays.
#[test]
fn of_basic_only_the_header_is_in_memory() {
    if let Some(found) = forms_in_memory("Basic", Target::Verb(Verb::Connect), 1) {
        let forms: Vec<_> = found.keys().copied().collect();
        assert_eq!(forms, ["Basic's user and password", "UTF-8 in base64"]);
    }
}
