//! What holds of compressed payloads, whatever a server sends.

use super::{MOST, decode, encode};
use crate::fuzzing::Choices;

/// What is written is read as the same; what is read is bounded; and a second decoder, as slow and as plain as MS-XCA 2.2.4
/// describes it, reads the same or refuses the same.
pub fn xpress(data: &[u8]) {
    assert_eq!(decode(&encode(data)).as_deref(), Ok(data));
    let plain = decode(data).ok();
    assert!(plain.as_ref().is_none_or(|plain| plain.len() <= MOST));
    assert_eq!(plain, plainly(data));

    // A chunk with codes of one length each, which random octets would hardly ever have.
    let mut choices = Choices(data);
    let lengths: &[u8] = match choices.below(3) {
        0 => &[0x99; 256],
        1 => &[&[0x88; 128][..], &[0; 128]].concat(),
        _ => &[&[0; 128][..], &[0x88; 128]].concat(),
    };
    let plain_size = u16::from_le_bytes([choices.octet(), choices.octet()]);
    let chunk = [lengths, choices.0].concat();
    if let Ok(size) = u16::try_from(chunk.len() - 1) {
        let payload = [&plain_size.to_le_bytes()[..], &size.to_le_bytes(), &chunk].concat();
        assert_eq!(decode(&payload).ok(), plainly(&payload));
    }
}

fn plainly(mut payload: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    while !payload.is_empty() {
        let (header, rest) = payload.split_at_checked(4)?;
        let plain_size = usize::from(u16::from_le_bytes([header[0], header[1]])) + 1;
        let size = usize::from(u16::from_le_bytes([header[2], header[3]])) + 1;
        let (chunk, rest) = rest.split_at_checked(size)?;
        match plain_size == size {
            true => plain.extend_from_slice(chunk),
            false => plain.extend(chunk_plainly(chunk, plain_size)?),
        }
        if plain.len() > MOST {
            return None;
        }
        payload = rest;
    }
    Some(plain)
}

/// Every code as text of zeros and ones, looked up one bit after the other.
fn chunk_plainly(chunk: &[u8], plain_size: usize) -> Option<Vec<u8>> {
    let lengths: Vec<usize> =
        chunk.get(..256)?.iter().flat_map(|pair| [usize::from(pair & 15), usize::from(pair >> 4)]).collect();
    let mut codes = std::collections::HashMap::new();
    let mut next = 0_u32;
    for length in 1..=15 {
        next <<= 1;
        for symbol in (0..512).filter(|symbol| lengths[*symbol] == length) {
            codes.insert((length, next), symbol);
            next += 1;
        }
    }
    if next != 1 << 15 {
        return None;
    }
    // Octets are taken in pairs ahead of their bits: two pairs at first, then one whenever fewer than 16 bits are left.
    let octets = &chunk[256..];
    let mut at = 0;
    let mut bits = std::collections::VecDeque::new();
    let pair = |at: &mut usize, bits: &mut std::collections::VecDeque<u32>| {
        let word = u16::from_le_bytes(octets.get(*at..*at + 2)?.try_into().ok()?);
        *at += 2;
        bits.extend((0..16).rev().map(|bit| u32::from(word >> bit & 1)));
        Some(())
    };
    pair(&mut at, &mut bits)?;
    pair(&mut at, &mut bits)?;
    let mut plain = Vec::new();
    while plain.len() < plain_size {
        let (mut length, mut code) = (0, 0);
        let symbol = loop {
            code = code << 1 | bits.get(length)?;
            length += 1;
            match codes.get(&(length, code)) {
                Some(symbol) => break *symbol,
                None if length == 15 => return None,
                None => {}
            }
        };
        bits.drain(..length);
        if bits.len() < 16 {
            pair(&mut at, &mut bits)?;
        }
        if symbol < 256 {
            plain.push(symbol as u8);
            continue;
        }
        let mut copied = symbol % 16;
        if copied == 15 {
            copied += usize::from(*octets.get(at)?);
            at += 1;
            if copied == 15 + 255 {
                copied = usize::from(u16::from_le_bytes(octets.get(at..at + 2)?.try_into().ok()?));
                at += 2;
                if copied < 15 {
                    return None;
                }
            }
        }
        let width = (symbol - 256) / 16;
        let distance = (1_usize << width) + bits.drain(..width).fold(0, |all, bit| all << 1 | bit as usize);
        if bits.len() < 16 {
            pair(&mut at, &mut bits)?;
        }
        if distance > plain.len() || copied + 3 > plain_size - plain.len() {
            return None;
        }
        (0..copied + 3).for_each(|_| plain.push(plain[plain.len() - distance]));
    }
    Some(plain)
}
