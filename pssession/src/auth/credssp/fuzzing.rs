//! What holds of the messages inside CredSSP.

use super::ts_request::{TsAnswer, TsRequest};
use crate::fuzzing::Choices;

/// What was written is read, half of a message is none, and what is read lies in what was sent.
pub fn ts_request(data: &[u8]) {
    let mut choices = Choices(data);
    let fields = choices.octet();
    let mut field = |bit: u8| {
        let piece = choices.piece();
        (fields & bit != 0).then_some(piece)
    };
    let request = TsRequest {
        nego_token: field(1),
        auth_info: field(2),
        pub_key_auth: field(4),
        client_nonce: field(8),
    };
    let written = request.write();
    let read = TsAnswer::read(&written).unwrap_or_else(|_| panic!("{written:?}"));
    assert_eq!(
        (read.version, read.nego_token, read.pub_key_auth),
        (6, request.nego_token, request.pub_key_auth)
    );
    assert_eq!(read.error_code, None);
    for end in [0, written.len() / 2, written.len() - 1] {
        assert!(TsAnswer::read(&written[..end]).is_err());
    }
    if let Ok(read) = TsAnswer::read(data) {
        assert!(TsAnswer::read(&data[..data.len() - 1]).is_err());
        for part in [read.nego_token, read.pub_key_auth].into_iter().flatten() {
            assert!(part.is_empty() || data.windows(part.len()).any(|window| window == part));
        }
    }
}
