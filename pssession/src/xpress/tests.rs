use super::*;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

fn chunk(plain_size: usize, compressed: &[u8]) -> Vec<u8> {
    let sizes = [plain_size - 1, compressed.len() - 1].map(|size| (size as u16).to_le_bytes());
    [sizes.as_flattened(), compressed].concat()
}

/// A table of code lengths: these octets of it, and 0 elsewhere.
fn table(octets: &[(usize, u8)]) -> Vec<u8> {
    let mut table = vec![0; 256];
    octets.iter().for_each(|(at, octet)| table[*at] = *octet);
    table
}

/// Numbers that look random, the same each time.
fn noise(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    }
}

/// As [`encode`] with all codes nine bits long, so that only matches save anything.
fn compress(plain: &[u8], mut random: impl FnMut(u64) -> u64) -> Vec<u8> {
    let mut words: Vec<(usize, u16)> = Vec::new();
    let mut out = vec![0x99; 256];
    let (mut bits, mut held) = (0_u64, 0);
    // The next two words are read before the octets that lie after them are.
    let reserve = |out: &mut Vec<u8>, words: &mut Vec<(usize, u16)>| {
        words.push((out.len(), 0));
        out.extend([0, 0]);
    };
    reserve(&mut out, &mut words);
    reserve(&mut out, &mut words);
    let mut filled = 0;
    let mut put = |value: u64, count: u32, out: &mut Vec<u8>, words: &mut Vec<(usize, u16)>| {
        bits = bits << count | value;
        held += count;
        while held > 16 {
            held -= 16;
            words[filled].1 = (bits >> held) as u16;
            filled += 1;
            reserve(out, words);
        }
        if held == 16 {
            words[filled].1 = bits as u16;
        } else {
            words[filled].1 = (bits << (16 - held)) as u16;
        }
    };
    let mut at = 0;
    while at < plain.len() {
        let distance = (at > 0).then(|| 1 + random(at as u64) as usize);
        let length = distance.map_or(0, |distance| {
            (at..plain.len()).take_while(|here| plain[*here] == plain[*here - distance]).count()
        });
        let (Some(distance), 3..) = (distance, length) else {
            put(plain[at].into(), 9, &mut out, &mut words);
            at += 1;
            continue;
        };
        let distance_bits = distance.ilog2();
        let short = (length - 3).min(15);
        put(256 + u64::from(distance_bits) * 16 + short as u64, 9, &mut out, &mut words);
        match length - 3 {
            0..15 => {}
            more @ 15..270 => out.push((more - 15) as u8),
            more => {
                out.push(255);
                out.extend((more as u16).to_le_bytes());
            }
        }
        put(distance as u64 - (1 << distance_bits), distance_bits, &mut out, &mut words);
        at += length;
    }
    words.iter().for_each(|(at, word)| out[*at..at + 2].copy_from_slice(&word.to_le_bytes()));
    out
}

#[test]
fn plain_chunks_are_as_windows_wrote_them() {
    // The output of `ipconfig /all` on a Windows server, as its administrator has published it.
    let recorded = b"\x1d\0\x1d\0\r\nWindows IP Configuration\r\n\r\n";
    assert_eq!(decode(recorded).unwrap(), &recorded[4..]);
    assert_eq!(encode(&recorded[4..]), recorded);
}

#[test]
fn the_examples_of_the_specification() {
    let letters: Vec<u8> = (b'a'..=b'z').collect();
    let mut octets: Vec<_> = (49..=58).map(|at| (at, 0x55)).collect();
    octets.extend([(48, 0x50), (59, 0x45), (60, 0x44), (61, 0x04), (128, 0x04)]);
    let codes = b"\xd8\x52\x3e\xd7\x94\x11\x5b\xe9\x19\x5f\xf9\xd6\x7c\xdf\x8d\x04\0\0\0\0";
    let compressed = [&table(&octets)[..], codes].concat();
    assert_eq!(decode(&chunk(26, &compressed)).unwrap(), letters);

    // One zero, and all others copied from it, as Windows' own compressor writes a chunk of them.
    let compressed = [&table(&[(0, 0x02), (128, 0x02), (135, 0x10)])[..], b"\0\x98\0\0\xff\xfc\xff"].concat();
    assert_eq!(decode(&chunk(CHUNK, &compressed)).unwrap(), vec![0; CHUNK]);
}

#[test]
fn what_is_compressed_is_read_back() {
    for seed in 0..300 {
        let mut random = noise(seed + 1);
        let letters = 1 + random(6);
        let length = 1 + random(if seed % 10 == 0 { CHUNK as u64 } else { 700 });
        let plain: Vec<u8> = (0..length).map(|_| random(letters) as u8 * 37).collect();
        let compressed = compress(&plain, random);
        // A chunk of the same length would be a plain one.
        if compressed.len() != plain.len() && compressed.len() <= CHUNK {
            assert_eq!(decode(&chunk(plain.len(), &compressed)).unwrap(), plain, "{seed}");
        }
        assert_eq!(decode(&encode(&plain)).unwrap(), plain);
    }
    let long: Vec<u8> = (0..3 * CHUNK + 1).map(|at| at as u8).collect();
    assert_eq!(decode(&encode(&long)).unwrap(), long);
    assert_eq!((encode(b""), decode(b"").unwrap()), (Vec::new(), Vec::new()));
}

#[test]
fn a_payload_that_was_tampered_with_is_an_error_or_stays_within_its_size() {
    let mut random = noise(7);
    let plain: Vec<u8> = (0..600).map(|_| random(3) as u8).collect();
    let good = chunk(plain.len(), &compress(&plain, &mut random));
    for _ in 0..2_000 {
        let mut bad = good.clone();
        for _ in 0..=random(3) {
            let at = random(bad.len() as u64) as usize;
            bad[at] = random(256) as u8;
        }
        bad.truncate(1 + random(bad.len() as u64 * 2) as usize);
        if let Ok(plain) = decode(&bad) {
            assert!(plain.len() <= CHUNK);
        }
    }
    (0..good.len()).filter(|length| *length > 0).for_each(|length| {
        assert_eq!(decode(&good[..length]), Err(Malformed), "{length}");
    });
}

#[test]
fn codes_that_do_not_cover_all_bits_are_an_error() {
    for octets in [&[][..], &[(0, 0x01)], &[(0, 0x11), (1, 0x01)]] {
        let compressed = [&table(octets)[..], &[0; 8]].concat();
        assert_eq!(decode(&chunk(10, &compressed)), Err(Malformed), "{octets:?}");
    }
}

#[test]
fn a_match_reaches_no_further_back_than_its_chunk() {
    // Every code that begins with 1 is a match of three octets, four or five back.
    let compressed = [&table(&[(0, 0x01), (144, 0x01)])[..], &[0xff; 16]].concat();
    let payload = [encode(b"before"), chunk(6, &compressed)].concat();
    assert_eq!(decode(&payload), Err(Malformed));
}

#[test]
fn a_payload_does_not_become_longer_than_the_bound() {
    let zeros = [&table(&[(0, 0x02), (128, 0x02), (135, 0x10)])[..], b"\0\x98\0\0\xff\xfc\xff"].concat();
    let payload = chunk(CHUNK, &zeros);
    assert_eq!(decode(&payload.repeat(MOST / CHUNK)).unwrap().len(), MOST);
    assert_eq!(decode(&payload.repeat(MOST / CHUNK + 1)), Err(Malformed));
}

#[test]
fn what_microsofts_provider_for_linux_has_compressed() {
    const COMPRESSED: &str = "\
     QwThAgAAAAAAAwAAAAAAAAAAAAAAAAAAAAAAADVTVVVEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
     AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACQAAAAAAAAAAAAAAAAAAAAYAAAAAAAAACQAAAAAA\
     AAAAAAAAAAAAAAUAAAAAAAAACAAAAAAAAAAIAAAAAAAAAAIJAAAAAAAAkAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
     AAAAAAAAAAAAAAAAAAAAAAAsai2tLq5WqhOexGme8tqTT3zSqaZ2ahQyRZSmnNqqU5ZShbOzlnIWpbOsnWfxNKtrs1pYUWsra1pa19q6Fku1\
     t1a2hRa3t/K9pfGtq2+3dJhra1xzkZor2lwX57k6lkuFu7vWchelu67dd/G0q2q7qbCKqquytkqKq6q6WpUrvOJqq7y90uKrq75tAwE8BPg/\
     MT+z+BrH3zs+X/FHHt/4fsjyQ5Afh/w/5PkhyA9YEMSEIjYVMcyIYkeeQ/JEtgQxJok1T8yDYlgUxaQqNlUxzIpiVxbDtFi2xTEui3VfzANj\
     WBjGxDI2lTHMjHtn4PxjaRpT2NjXxtnPewMYHMfiOSbRsayOY3Yeu/IYpsexPdDxQIH+wAbIskCQCYRsK2SZIe8OscjEAhAL8y8Qi0AsYrBC\
     7WFCRP/P+L7G8TeOz1f8kMdHSD/k+SHID0N+H/L8kOSH2n+EJCEkCSFICPtPkFyEhCEkCSFICEJCEBKEkCSEISEICUJIEkKQEISEISQJIUgI\
     QkIQEoSQJIQhIQgJQkgSQpAQhIQhJAkhSAhCQvZzIUEJCdnPhAQhJAkhSAhCQhAShJAkhGElQkIQEoSQJIQhIQgJSkhC/Iv8XGryUuml2kvF\
     l6ovKV2zdi+MAOAAAA==\
    ";
    let plain: String = (1..=300).map(|number| format!("{number}\n")).collect();
    assert_eq!(decode(&BASE64_STANDARD.decode(COMPRESSED).unwrap()).unwrap(), plain.as_bytes());
}
