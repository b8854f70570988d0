use super::*;
use crate::auth::sealing::Sealing;
use crate::auth::test_client;

const SERVER_CHALLENGE: [u8; 8] = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn password(user: &str) -> Option<String> {
    (user == "alice").then(|| "Password1!".to_owned())
}

fn unbound() -> Binding {
    Binding { level: ChannelBinding::Relaxed, expected: None }
}

fn bound(level: ChannelBinding) -> Binding {
    Binding { level, expected: Some([7; 16]) }
}

fn challenge() -> Challenge {
    Challenge::new(&test_client::negotiate(), "SERVER01", SERVER_CHALLENGE, 1).unwrap()
}

fn verify(client: &test_client::Client, binding: Binding) -> Result<Accepted, NtlmError> {
    let challenge = challenge();
    challenge.verify(&client.authenticate(challenge.message()), binding, password)
}

/// MS-NLMP 4.2.4: user "User", domain "Domain", password "Password".
#[test]
fn the_published_response_and_its_keys_are_reproduced() {
    let key = ntowf_v2("Password", "User", "Domain");
    assert_eq!(key.to_vec(), hex("0c868a403bfd7a93a3001ef22ef02e3f"));

    let blob = hex("0101000000000000 0000000000000000 aaaaaaaaaaaaaaaa 00000000 \
         02000c0044006f006d00610069006e00 01000c00530065007200760065007200 00000000 00000000");
    let proof = hmac_md5(&key, &[&SERVER_CHALLENGE, &blob]);
    assert_eq!(proof.to_vec(), hex("68cd0ab851e51c96aabc927bebef6a1c"));

    let session_base_key = hmac_md5(&key, &[&proof]);
    assert_eq!(session_base_key.to_vec(), hex("8de40ccadbc14a82f15cb0ad0de95ca3"));
    assert_eq!(rc4(&session_base_key, &[0x55; 16]).to_vec(), hex("c5dad2544fc9799094ce1ce90bc9d03e"));
}

/// MS-NLMP 4.2.4.4: "Plaintext" sealed by the client with the session key of sixteen 0x55.
#[test]
fn the_published_sealed_message_opens() {
    let mut sealing = Sealing::new(&[0x55; 16]);
    let signature = hex("01000000 7fb38ec5c55d4976 00000000");
    let opened = sealing.unseal(&signature, &hex("54e50165bf1936dc996020c1811b0f06fb5f")).unwrap();
    assert_eq!(opened, utf16("Plaintext"));
}

#[test]
fn a_client_with_the_right_password_is_accepted_and_shares_the_key() {
    let client = test_client::Client::new("alice", "Password1!");
    let accepted = verify(&client, unbound()).unwrap();
    assert_eq!((accepted.user.as_str(), accepted.exported_session_key), ("alice", client.session_key));
}

#[test]
fn each_deviation_of_a_client_has_its_own_error() {
    let client = || test_client::Client::new("alice", "Password1!");
    let check =
        |client: test_client::Client, error| assert_eq!(verify(&client, unbound()).err(), Some(error));
    check(test_client::Client::new("alice", "wrong"), NtlmError::WrongPassword("alice".to_owned()));
    check(test_client::Client::new("mallory", "Password1!"), NtlmError::UnknownUser("mallory".to_owned()));
    check(test_client::Client { sends_mic: false, ..client() }, NtlmError::NoIntegrityCode);
    check(test_client::Client { spoils_mic: true, ..client() }, NtlmError::WrongIntegrityCode);
    for (flag, name) in REQUIRED {
        check(test_client::Client { flags: client().flags & !flag, ..client() }, NtlmError::Lacks(name));
    }
}

#[test]
fn a_challenge_is_for_negotiate_messages_only() {
    let error = Challenge::new(challenge().message(), "SERVER01", SERVER_CHALLENGE, 1).err();
    assert_eq!(error, Some(NtlmError::NotNtlm(NEGOTIATE)));
    let mut negotiate = test_client::negotiate();
    negotiate[12..16].copy_from_slice(&(NTLM | UNICODE).to_le_bytes());
    let error = Challenge::new(&negotiate, "SERVER01", SERVER_CHALLENGE, 1).err();
    assert_eq!(error, Some(NtlmError::Lacks("NEGOTIATE_SEAL")));
}

#[test]
fn channel_bindings_count_as_much_as_the_level_says() {
    use ChannelBinding::{None, Relaxed, Strict};
    for (level, sent, outcome) in [
        (None, Option::None, Ok(())),
        (None, Some([9; 16]), Ok(())),
        (Relaxed, Option::None, Ok(())),
        (Relaxed, Some([0; 16]), Ok(())),
        (Relaxed, Some([7; 16]), Ok(())),
        (Relaxed, Some([9; 16]), Err(NtlmError::WrongChannelBindings)),
        (Strict, Option::None, Err(NtlmError::NoChannelBindings)),
        (Strict, Some([0; 16]), Err(NtlmError::NoChannelBindings)),
        (Strict, Some([7; 16]), Ok(())),
        (Strict, Some([9; 16]), Err(NtlmError::WrongChannelBindings)),
    ] {
        let client =
            test_client::Client { channel_binding: sent, ..test_client::Client::new("alice", "Password1!") };
        assert_eq!(verify(&client, bound(level)).map(|_| ()), outcome, "{level:?} {sent:?}");
    }
}

#[test]
fn no_prefix_of_a_message_is_accepted() {
    let challenge = challenge();
    let whole = test_client::Client::new("alice", "Password1!").authenticate(challenge.message());
    for length in 0..whole.len() {
        assert!(challenge.verify(&whole[..length], unbound(), password).is_err(), "{length}");
    }
}

#[test]
fn no_single_changed_octet_is_accepted() {
    let challenge = challenge();
    let whole = test_client::Client::new("alice", "Password1!").authenticate(challenge.message());
    for at in 0..whole.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut mutated = whole.clone();
            mutated[at] ^= change;
            assert!(challenge.verify(&mutated, unbound(), password).is_err(), "octet {at} ^ {change:#x}");
        }
    }
}

#[test]
fn user_names_are_folded_character_by_character() {
    assert_eq!("straße".chars().map(upper).collect::<String>(), "STRAßE");
}
