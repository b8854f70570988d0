//! The key exchange, against what psrpcore has made of the same keys.

use super::*;
use getrandom::SysRng;
use rsa::BoxedUint;

// The primes of a pair of keys, little-endian; its public key; and a session key of 1 to 32 encrypted with it.
const P: &str = concat!(
    "cY3v3hwDbnYXfkSmoUTH9uyR2AwIuy9uejE9PFW7NTo15v2BpJdEYrGtOgN9bJzwPPLSbALVAZKViBCnWYQMBkrM4Mljg9NhEbMA",
    "R2H7oG6urCf9aSu2GiUR28MDfRBUMHbdtiIObBfQGhkAGcC94UTUWz2+ZubnKrpfBUJWWds=",
);
const Q: &str = concat!(
    "WZEi8QSjusfxbIIa3sDnu/cue4BHcLOfpzYISWynhKebuMRyQTKFf2wTpz3viRtr6FLbaCXChZkjNUUEufr64ewjGWnenKR+zh2d",
    "2ZFKAQymdZ55OU6K9NF4Weba607WAH32Uae8ykgSSzcjSYBbUGHd5GrkNnluy/WKGdWrztg=",
);
const PUBLIC_KEY: &str = concat!(
    "BgIAAACkAABSU0ExAAgAAAEAAQBJLWdaC7iesY3eYUWIgpKXYY1VZN6ih+ONm8eDO/J1GW22U6Yjmjh5dARcbHxo/VxkpZpmwG6P",
    "Y1Jfz8NDWAub6EMjxjN1OqN+bHNj07bazEkWu6TBWNT9mgGUhT3yTvYXy9bDPQqboQmboRIrYEzb+BcadyEER3gnY52QfweB/rSP",
    "9rDmMefi5+0k+onMI9vqPNHM/w+V88QMh1k4xZK49x3qlhttpwjpoqmJwh4tZIB4qXhRm9Y32hvLSRwuNLC+vBnSaokWkSw8BNiu",
    "b0aQ79xJnAS4zhSpyqACBuBSYMSLXRx7MLP4nOPWQHzYTr+ZH+coS6RbLNHAfmHmdcS5",
);
const ENCRYPTED: &str = concat!(
    "AQIAABBmAAAApAAArNZdad7DHthoMxcqqVS7ASa6KFSCJRQtSClmjzmaE4EpSwTyigcCJ10PGfbdiYq4Q1RbPoSn8KYTT22awmmq",
    "z/ISGMJGc1DtuNfBwm64WWS0wuxMOqeQNnROAF9tmnojwEAzQiv6gGjQgZV02xTgHQxVabdXLop8CyzQOiY+KIDDu55rDz5Ou3QN",
    "dcjNBA9CqgFRXfDAUiXJLGkL2ZLGqn79G41VzNbJZAMxX0AZ5W9w4aQ0PpBxdRieLisC6PoeSjSeo9xPiUObripVvO0CT2AiaiZ3",
    "EbTozY1sNcT2Q8DuJI4qMmH+DJFvZnbG3oPfSowMBftdk/BFWxxxIETnQg==",
);

fn pair() -> KeyPair {
    let prime = |text| BoxedUint::from_le_slice(&STANDARD.decode(text).unwrap(), 1024).unwrap();
    KeyPair(PrivateKey::from_p_q(prime(P), prime(Q), 65537u64.into()).unwrap())
}

fn session_key() -> SessionKey {
    SessionKey::of(std::array::from_fn(|index| index as u8 + 1))
}

fn encrypted(blob: &str) -> String {
    format!(r#"<Obj RefId="0"><MS><S N="EncryptedSessionKey">{blob}</S></MS></Obj>"#)
}

fn decrypt(data: &str) -> Result<SessionKey, DecodeError> {
    pair().decrypt(data.as_bytes(), &clixml::Limits::default())
}

#[test]
fn the_public_key_is_a_blob_of_cryptoapi() {
    let expected = format!(r#"<Obj RefId="0"><MS><S N="PublicKey">{PUBLIC_KEY}</S></MS></Obj>"#);
    assert_eq!(pair().encode_public(), expected);
}

#[test]
fn the_session_key_is_what_the_server_has_encrypted() {
    assert_eq!(decrypt(&encrypted(ENCRYPTED)).unwrap().0, session_key().0);
}

#[test]
fn what_is_no_session_key_is_malformed() {
    let blob = STANDARD.decode(ENCRYPTED).unwrap();
    let mut other_cipher = blob.clone();
    other_cipher[4] = 0x0E;
    let spoilt =
        [&blob[..blob.len() - 1], &[blob[0]], b"!", &other_cipher, &[]].map(|blob| STANDARD.encode(blob));
    for blob in spoilt.iter().map(String::as_str).chain(["*"]) {
        let malformed = DecodeError::InvalidProperty("EncryptedSessionKey");
        assert_eq!(decrypt(&encrypted(blob)).unwrap_err(), malformed, "{blob}");
    }
    assert_eq!(decrypt("<Nil />").unwrap_err(), DecodeError::MissingProperty("EncryptedSessionKey"));
}

#[test]
fn secure_strings_are_encrypted_as_elsewhere() {
    let key = session_key();
    for (text, expected) in
        [("pässwörd 😀", "AaG0lH8ZLcdxKw0CJO5PqZ4hweCH6wVtIrF/Cxz/OwQ="), ("", "1F18WqJryp1rHV3b9o+e9g==")]
    {
        let secure = key.encrypt(&text.into());
        assert_eq!(STANDARD.encode(secure.as_bytes()), expected);
        assert_eq!(key.decrypt(&secure), Some(text.into()));
    }
    let other = SessionKey::of([0; 32]);
    assert_eq!(other.decrypt(&key.encrypt(&"text".into())), None);
    assert_eq!(key.decrypt(&SecureString::new(b"too short".to_vec())), None);
}

#[test]
fn each_client_has_keys_of_its_own_and_shows_none() {
    let keys = [0; 2].map(|_| KeyPair::generate(&mut SysRng).unwrap());
    assert_ne!(keys[0].encode_public(), keys[1].encode_public());
    assert_eq!(format!("{:?} {:?}", keys[0], session_key()), "[key pair] [session key]");
}
