//! Laws of paging and series.

use std::time::Duration;

use certs_core::{
    CertificateIds, Client, Deactivate, Delay, Error, List, ListProjects, LostPlace, PageSize,
    Paging, Scope, Transport, TransportErrorKind, Unfinished,
};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use crate::support::script::{Outcome, Script, Slow};
use crate::support::{id, nowhere};

fn page(ids: &[&str], last_id: Option<&str>, has_more: bool) -> Outcome {
    let data: Vec<_> = ids
        .iter()
        .map(|id| json!({"object": "organization.certificate", "id": id, "created_at": 1}))
        .collect();
    let page = json!({"object": "list", "data": data, "last_id": last_id, "has_more": has_more});
    Outcome::answer(200, page.to_string())
}

async fn read(pages: impl IntoIterator<Item = Outcome>) -> (Vec<String>, Option<Error>, usize) {
    let client = Client::new(nowhere(), Script::new(pages));
    let list = List::new(Scope::Organization).page_size(PageSize::MAX);
    let (read, error) = match client.all(list).await {
        Ok(read) => (read, None),
        Err(Unfinished { read, error, .. }) => (read, Some(error)),
    };
    let ids = read.into_iter().map(|certificate| certificate.id.to_string()).collect();
    (ids, error, client.transport().sent().len())
}

#[tokio::test]
async fn a_list_is_followed_by_its_cursor_to_its_end() {
    let pages = [page(&["a", "b"], Some("b"), true), page(&["c"], Some("c"), false)];
    let client = Client::new(nowhere(), Script::new(pages));
    let read = client.all(List::new(Scope::Organization)).await.unwrap();
    assert_eq!(read.len(), 3);
    let asked: Vec<_> = client
        .transport()
        .sent()
        .iter()
        .map(|sent| sent.uri().query().map(str::to_owned))
        .collect();
    assert_eq!(asked, [None, Some("after=b".into())]);
}

#[tokio::test]
async fn a_list_that_gives_no_way_on_is_an_error_with_what_was_read() {
    let first = || page(&["a", "b"], Some("b"), true);
    for (second, lost, ids) in [
        (page(&["c"], None, true), LostPlace::NoCursor, vec!["a", "b", "c"]),
        (page(&["c"], Some("b"), true), LostPlace::Repeated, vec!["a", "b", "c"]),
        (page(&[], Some("c"), true), LostPlace::EmptyPage, vec!["a", "b"]),
        (page(&[], None, true), LostPlace::EmptyPage, vec!["a", "b"]),
    ] {
        let (read, error, requests) = read([first(), second]).await;
        assert!(matches!(error, Some(Error::LostPlace(found)) if found == lost), "{error:?}");
        assert_eq!(read, ids);
        assert_eq!(requests, 2);
    }
}

#[tokio::test]
async fn a_failed_page_gives_what_was_read_before() {
    let refusal = Outcome::answer(403, "{}");
    let (read, error, _) = read([page(&["a"], Some("a"), true), refusal]).await;
    assert_eq!(read, ["a"]);
    assert_eq!(error.unwrap().status().unwrap(), 403);
}

#[tokio::test]
async fn an_item_that_comes_twice_is_kept_once() {
    let pages = [
        page(&["a", "b", "b"], Some("b"), true),
        page(&["b", "c"], Some("c"), true),
        page(&["a", "d"], Some("d"), false),
    ];
    let (read, error, _) = read(pages).await;
    assert_eq!(read, ["a", "b", "c", "d"]);
    assert!(error.is_none());
}

#[tokio::test]
async fn page_by_page_an_item_that_slid_onto_the_next_page_is_given_once() {
    let pages = [page(&["a", "b"], Some("b"), true), page(&["b", "c"], Some("c"), false)];
    let client = Client::new(nowhere(), Script::new(pages));
    let mut pages = client.pages(List::new(Scope::Organization));
    let mut seen = Vec::new();
    while let Some(items) = pages.next().await {
        seen.push(items.unwrap().into_iter().map(|item| item.id.to_string()).collect::<Vec<_>>());
    }
    assert_eq!(seen, [vec!["a", "b"], vec!["c"]]);
}

#[tokio::test(start_paused = true)]
async fn the_next_page_is_on_its_way_when_one_is_given() {
    let pages = || {
        let (first, second) = (page(&["a", "b"], Some("b"), true), page(&["c"], Some("c"), true));
        [first, second, page(&["d"], Some("d"), false)]
    };
    let mut given = Vec::new();
    let client = Client::new(nowhere(), Script::new(pages()));
    let take = |items: Vec<_>| given.push((items.len(), client.transport().sent().len()));
    client.pages(List::new(Scope::Organization)).for_each(take).await.unwrap();
    assert_eq!(given, [(2, 2), (1, 3), (1, 3)]);

    given.clear();
    let client = Client::new(nowhere(), Slow::new(pages()));
    let take =
        |items: Vec<_>| given.push((items.len(), client.transport().sent_at.lock().unwrap().len()));
    client.pages(List::new(Scope::Organization)).for_each(take).await.unwrap();
    assert_eq!(given, [(2, 2), (1, 3), (1, 3)]);
}

#[tokio::test]
async fn a_page_that_failed_can_be_asked_for_again() {
    let refusal = Outcome::answer(403, "{}");
    let (first, last) = (page(&["a"], Some("a"), true), page(&["b"], Some("b"), false));
    let client = Client::new(nowhere(), Script::new([first, refusal, last]));
    let mut pages = client.pages(List::new(Scope::Organization));
    let mut read = Vec::new();
    let error = pages.for_each(|items| read.extend(items)).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 403);
    pages.for_each(|items| read.extend(items)).await.unwrap();
    assert_eq!(read.iter().map(|item| item.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    pages.for_each(|_| panic!("the list has ended")).await.unwrap();
}

#[tokio::test]
async fn projects_are_told_apart_by_their_ids() {
    let page = |ids: [&str; 2], has_more: bool| {
        let project = |id| json!({"object": "organization.project", "id": id, "created_at": 1});
        let data = ids.map(project);
        let page = json!({"object": "list", "data": data, "last_id": ids[1], "has_more": has_more});
        Outcome::answer(200, page.to_string())
    };
    let script = Script::new([page(["a", "b"], true), page(["b", "c"], false)]);
    let client = Client::new(nowhere(), script);
    let read = client.all(ListProjects::new()).await.unwrap();
    assert_eq!(read.iter().map(|project| project.id.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[tokio::test]
async fn a_borrowed_transport_has_the_clock_of_its_owner() {
    let script = Script::default();
    let client = Client::new(nowhere(), &script);
    client.transport().pause(Delay::exactly(Duration::from_secs(1))).await;
    assert_eq!(client.transport().now(), Duration::from_secs(1));
}

#[tokio::test]
async fn a_series_stops_at_the_first_failure_and_can_be_resumed() {
    let done = || Outcome::answer(200, r#"{"object":"x","data":[]}"#);
    let lost = || Outcome::Failure(TransportErrorKind::Timeout);
    let script = Script::new([done(), lost(), lost(), lost(), done(), done()]);
    let client = Client::new(nowhere(), script);
    let ids = (0..25).map(|n| id(&format!("cert_{n}")));
    let calls = CertificateIds::batches(ids)
        .into_iter()
        .map(|batch| Deactivate::new(Scope::Organization, batch));
    let stopped = client.series(calls).await.unwrap_err();
    assert_eq!((stopped.done.len(), stopped.rest.len()), (1, 1));
    assert_eq!(stopped.failed.ids().as_slice()[0], id("cert_10"));
    assert!(stopped.error.may_have_acted());
    assert_eq!(stopped.to_string(), "1 of 3 calls were made, then one failed");
    assert_eq!(client.series(stopped.into_remaining()).await.unwrap().len(), 2);
}

/// A page with its members in any order, others among them, in any layout; it may lead nowhere.
fn any_page() -> impl Strategy<Value = Outcome> {
    let item = r#"{"object":"organization.certificate","id":"ID","created_at":1,"x":["]"]}"#;
    let data = vec("[a-e]", 0..4).prop_map(move |ids| {
        let items: Vec<_> = ids.iter().map(|id| item.replace("ID", id)).collect();
        format!(r#""data":[{}]"#, items.join(","))
    });
    let cursor = proptest::option::of("[a-e]").prop_map(|cursor| match cursor {
        Some(cursor) => format!(r#""last_id":"{cursor}""#),
        None => r#""last_id":null"#.into(),
    });
    let more = any::<bool>().prop_map(|more| format!(r#""has_more":{more}"#));
    let other = prop::sample::subsequence(
        vec![
            r#""first_id":"a""#,
            r#""object":"list""#,
            r#""x":[]"#,
            r#""y":{"z":["]"],"last_id":"e","has_more":true}"#,
            r#""note":"\",\"last_id\":\"e\",""#,
            r#""end":"],\\""#,
            r#""cut":"],""#,
        ],
        0..=7,
    );
    let gap = prop::sample::select(vec!["", " ", "\n  "]);
    (data, cursor, more, other, gap)
        .prop_flat_map(|(data, cursor, more, other, gap)| {
            let mut members = vec![data, cursor, more];
            members.extend(other.into_iter().map(str::to_owned));
            (Just(members).prop_shuffle(), Just(gap))
        })
        .prop_map(|(members, gap)| {
            let members: Vec<_> =
                members.iter().map(|member| format!("{gap}{member}{gap}")).collect();
            Outcome::answer(200, format!("{{{}}}", members.join(",")))
        })
}

proptest! {
    #[test]
    fn batches_lose_nothing(numbers in vec(0u8..60, 0..120)) {
        let ids: Vec<_> = numbers.iter().map(|n| id(&format!("cert_{n}"))).collect();
        let batches = CertificateIds::batches(ids.clone());
        let flat: Vec<_> = batches.iter().flatten().cloned().collect();
        let mut distinct = Vec::new();
        ids.into_iter().for_each(|id| if !distinct.contains(&id) { distinct.push(id) });
        prop_assert_eq!(flat, distinct);
        prop_assert!(batches.iter().rev().skip(1).all(|batch| batch.as_slice().len() == 10));
    }

    #[test]
    fn paging_sees_each_item_once_and_in_order(count in 0usize..60, size in 1usize..12) {
        let all: Vec<String> = (0..count).map(|n| format!("cert_{n}")).collect();
        let mut paging = Paging::new(List::new(Scope::Organization));
        let mut seen = Vec::new();
        let mut chunks = all.chunks(size).peekable();
        while paging.next().is_some() {
            let chunk: Vec<_> = chunks.next().unwrap_or_default().iter().map(String::as_str).collect();
            let outcome = page(&chunk, chunk.last().copied(), chunks.peek().is_some()).play().unwrap();
            let page = serde_json::from_slice(outcome.body()).unwrap();
            seen.extend(paging.answer(page).unwrap().into_iter().map(|item| item.id.to_string()));
        }
        prop_assert_eq!(seen, all);
    }

    #[test]
    fn reading_ahead_asks_for_the_same_pages(pages in vec(any_page(), 1..6)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let list = || List::new(Scope::Organization);

        let client = Client::new(nowhere(), Script::new(pages.clone()));
        let mut through = client.pages(list());
        let (mut read, mut error) = (Vec::new(), None);
        while let Some(page) = runtime.block_on(through.next()) {
            match page {
                Ok(items) => read.push(items),
                Err(unfinished) => {
                    read.push(unfinished.read);
                    error = Some(unfinished.error);
                    break;
                }
            }
        }

        let ahead = Client::new(nowhere(), Script::new(pages));
        let mut read_ahead = Vec::new();
        let mut through = ahead.pages(list());
        let result = runtime.block_on(through.for_each(|items| read_ahead.push(items)));
        read.retain(|items| !items.is_empty());
        read_ahead.retain(|items| !items.is_empty());
        prop_assert_eq!(read, read_ahead);
        prop_assert_eq!(format!("{error:?}"), format!("{:?}", result.err()));
        let asked = |client: &Client<Script>| -> Vec<_> {
            client.transport().sent().iter().map(|sent| sent.uri().clone()).collect()
        };
        prop_assert_eq!(asked(&client), asked(&ahead));
    }

    #[test]
    fn paging_through_a_cycle_ends(before in 0usize..20, cycle in 1usize..20) {
        let mut paging = Paging::new(List::new(Scope::Organization));
        for step in 0.. {
            prop_assert!(step < 4 * (before + cycle) + 4, "still going round");
            let place = if step < before { step } else { before + (step - before) % cycle };
            let cursor = format!("c{place}");
            let outcome = page(&[&cursor], Some(&cursor), true).play().unwrap();
            let result = paging.answer(serde_json::from_slice(outcome.body()).unwrap());
            if let Err(Unfinished { error, .. }) = result {
                prop_assert!(matches!(error, Error::LostPlace(LostPlace::Repeated)), "{error:?}");
                break;
            }
        }
        prop_assert!(paging.next().is_none());
    }
}
