//! What holds of files with answers.

use super::HostAnswers;

/// Each line that is no comment is one answer: to the prompt that it names, or to a prompt that none names.
pub fn answers(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut answers = HostAnswers::parse(&text);
    let first = answers.take("server01", "no prompt has this text");
    // Each computer gets all of them.
    assert_eq!(answers.take("server02", "no prompt has this text"), first);
    let mut count = usize::from(first.is_some());
    while answers.take("server01", "no prompt has this text").is_some() {
        count += 1;
        assert!(count <= text.lines().count());
    }
}
