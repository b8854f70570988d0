//! Streams that are cut and go on: nothing lost, nothing doubled.

use super::*;

/// Four objects in seven fragments, and what they mean.
fn story() -> (Vec<Vec<u8>>, Vec<(u64, PipelineEvent)>) {
    let mut fragments = vec![sent(3, OUTPUT, "<S>a</S>")];
    fragments.extend(pieces(5, "split", 3));
    fragments.extend(pieces(8, "again", 2));
    fragments.push(sent(9, STATE, COMPLETED));
    let completed = PipelineEvent::State(PipelineState::Completed, None);
    (fragments, vec![(3, text("a")), (5, text("split")), (8, text("again")), (9, completed)])
}

#[test]
fn whatever_pieces_the_bytes_come_in() {
    let (fragments, expected) = story();
    let bytes = fragments.concat();
    for at in 0..=bytes.len() {
        let mut pipeline = new_pipeline();
        let mut found = events(&mut pipeline, &bytes[..at]);
        found.extend(events(&mut pipeline, &bytes[at..]));
        assert_eq!(found, expected, "cut at {at}");
        assert!(pipeline.has_ended());
        assert_eq!(pipeline.mark().map(ObjectId::get), Some(9));
    }
}

#[test]
fn an_answer_given_again_after_a_resume_is_dropped_wherever_it_began_and_ended() {
    let (fragments, expected) = story();
    for start in 0..fragments.len() {
        for end in start..=fragments.len() {
            let mut pipeline = new_pipeline();
            let mut found = events(&mut pipeline, &fragments[..end].concat());
            pipeline.resume();
            found.extend(events(&mut pipeline, &fragments[start..end].concat()));
            found.extend(events(&mut pipeline, &fragments[end..].concat()));
            assert_eq!(found, expected, "fragments {start} to {end}");
        }
    }
}

#[test]
fn an_answer_given_again_is_dropped_in_drop_mode_too() {
    let (fragments, expected) = story();
    for start in 0..fragments.len() {
        for end in start..=fragments.len() {
            let mut pipeline = new_pipeline();
            pipeline.accept_gaps();
            let mut found = events(&mut pipeline, &fragments[..end].concat());
            found.extend(events(&mut pipeline, &fragments[start..].concat()));
            assert_eq!(found, expected, "fragments {start} to {end}");
        }
    }
}

#[test]
fn a_later_process_knows_a_replay_by_the_mark() {
    let (fragments, expected) = story();
    for start in 0..fragments.len() {
        let mut pipeline = Pipeline::attach(ID, ObjectId::new(5), &Limits::default());
        let found = events(&mut pipeline, &fragments[start..].concat());
        let rest: &[_] = match start {
            0..=4 => &expected[2..],
            // The start of object 8 is lost with the process that had it.
            5 => &[(8, PipelineEvent::Gap), expected[3].clone()],
            _ => &expected[3..],
        };
        assert_eq!(found, rest, "from fragment {start}");
    }
}

#[test]
fn whole_objects_that_come_again_without_a_resume_are_dropped() {
    let bytes = [sent(3, OUTPUT, "<S>a</S>"), sent(3, OUTPUT, "<S>a</S>"), sent(2, OUTPUT, "<S>b</S>")];
    assert_eq!(events(&mut new_pipeline(), &bytes.concat()), [(3, text("a"))]);
}

#[test]
fn a_resume_in_the_middle_of_a_fragment_goes_on_with_it() {
    let (fragments, expected) = story();
    let bytes = fragments.concat();
    for at in 0..=bytes.len() {
        let mut pipeline = new_pipeline();
        let mut found = events(&mut pipeline, &bytes[..at]);
        pipeline.resume();
        found.extend(events(&mut pipeline, &bytes[at..]));
        assert_eq!(found, expected, "cut at {at}");
    }
}

#[test]
fn what_another_client_took_is_one_gap() {
    let mut pipeline = new_pipeline();
    let split = pieces(5, "split", 4);
    let mut found = events(&mut pipeline, &[sent(3, OUTPUT, "<S>a</S>"), split[0].clone()].concat());
    pipeline.resume();
    found.extend(events(&mut pipeline, &[&split[2..].concat()[..], &sent(7, OUTPUT, "<S>b</S>")].concat()));
    assert_eq!(found, [(3, text("a")), (5, PipelineEvent::Gap), (7, text("b"))]);

    let mut pipeline = Pipeline::attach(ID, None, &Limits::default());
    let found = events(&mut pipeline, &[&split[1..].concat()[..], &sent(7, OUTPUT, "<S>b</S>")].concat());
    assert_eq!(found, [(5, PipelineEvent::Gap), (7, text("b"))]);
}

#[test]
fn gaps_are_events_in_drop_mode_and_errors_otherwise() {
    let [split, other] = [pieces(5, "split", 3), pieces(7, "other", 2)];
    let streams = [
        (vec![split[0].clone(), split[2].clone()], vec![5]),
        (vec![split[0].clone(), sent(9, OUTPUT, "<S>b</S>")], vec![5]),
        (vec![split[1].clone(), split[2].clone()], vec![5]),
        (vec![split[0].clone(), other[1].clone()], vec![7]),
        (vec![split[0].clone(), other[0].clone(), sent(9, OUTPUT, "<S>b</S>")], vec![5, 7]),
    ];
    for (stream, gaps) in streams {
        let stream = [stream.concat(), sent(10, OUTPUT, "<S>end</S>")].concat();
        assert!(matches!(error_of(&stream), PipelineError::Fragment(_)));
        for at in 0..=stream.len() {
            let mut pipeline = new_pipeline();
            pipeline.accept_gaps();
            let mut found = events(&mut pipeline, &stream[..at]);
            found.extend(events(&mut pipeline, &stream[at..]));
            let lost = |(id, event): &(u64, PipelineEvent)| (*event == PipelineEvent::Gap).then_some(*id);
            assert_eq!(found.iter().filter_map(lost).collect::<Vec<_>>(), gaps);
            assert_eq!(found.last(), Some(&(10, text("end"))));
        }
    }
}

#[test]
fn whole_objects_that_may_have_been_dropped_are_counted_by_their_ids() {
    let stream = [sent(20, OUTPUT, "<S>a</S>"), sent(21, OUTPUT, "<S>b</S>")].concat();
    let found = [(20, text("a")), (21, text("b"))];
    let loss = |at_most| (19, PipelineEvent::Loss { at_most });
    for (mark, losses, expected) in [
        (Some(5), Losses::Now { other_ids: 0 }, Some(loss(Some(14)))),
        (Some(5), Losses::Now { other_ids: 14 }, None),
        (Some(19), Losses::Now { other_ids: 0 }, None),
        (None, Losses::Now { other_ids: 0 }, Some(loss(None))),
        (Some(5), Losses::AfterACut, None),
        (None, Losses::Never, None),
    ] {
        let mut pipeline = Pipeline::attach(ID, mark.and_then(ObjectId::new), &Limits::default());
        pipeline.report_losses(losses);
        let expected: Vec<_> = expected.into_iter().chain(found.clone()).collect();
        assert_eq!(events(&mut pipeline, &stream), expected, "{mark:?} {losses:?}");
    }
}

#[test]
fn a_cut_may_lose_whole_objects_in_drop_mode() {
    let mut pipeline = new_pipeline();
    pipeline.accept_gaps();
    pipeline.report_losses(Losses::AfterACut);
    let first = events(&mut pipeline, &[sent(3, OUTPUT, "<S>a</S>"), sent(7, OUTPUT, "<S>b</S>")].concat());
    assert_eq!(first, [(3, text("a")), (7, text("b"))]);
    pipeline.resume();
    let replayed = [sent(7, OUTPUT, "<S>b</S>"), sent(10, OUTPUT, "<S>c</S>"), sent(12, OUTPUT, "<S>d</S>")];
    let loss = PipelineEvent::Loss { at_most: Some(2) };
    assert_eq!(events(&mut pipeline, &replayed.concat()), [(9, loss), (10, text("c")), (12, text("d"))]);
}

/// The first error in these bytes.
fn error_of(mut bytes: &[u8]) -> PipelineError {
    let mut pipeline = new_pipeline();
    loop {
        if let Err(error) = pipeline.next_event(&mut bytes) {
            return error;
        }
        assert!(!bytes.is_empty(), "no error");
    }
}
