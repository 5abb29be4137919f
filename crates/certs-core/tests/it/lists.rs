//! Laws of paging and series.

use std::time::Duration;

use certs_core::error::PagingError;
use certs_core::operations::{Deactivate, List, ListProjects, PageSize, Scope};
use certs_core::paging::{IncompleteList, Paging};
use certs_core::transport::{Delay, Transport, TransportErrorKind};
use certs_core::types::{Certificate, CertificateIds, Object, Page};
use certs_core::{Client, Error};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use crate::support::{Outcome, api, id, scripted};

fn page(ids: &[&str], last_id: Option<&str>, has_more: bool) -> Outcome {
    let data: Vec<_> = ids
        .iter()
        .map(|id| json!({"object": "organization.certificate", "id": id, "created_at": 1}))
        .collect();
    let page = json!({"object": "list", "data": data, "last_id": last_id, "has_more": has_more});
    Outcome::response(200, page.to_string())
}

async fn read(pages: impl IntoIterator<Item = Outcome>) -> (Vec<String>, Option<Error>, usize) {
    let client = Client::new(api(), scripted(pages));
    let list = List::new(Scope::Organization).with_page_size(PageSize::MAX);
    let (read, error) = match client.all(list).await {
        Ok(read) => (read, None),
        Err(IncompleteList { read, error, .. }) => (read, Some(error)),
    };
    let ids = read.into_iter().map(|certificate| certificate.id.to_string()).collect();
    (ids, error, client.transport().requests().len())
}

#[tokio::test]
async fn a_list_is_followed_by_its_cursor_to_its_end() {
    let pages = [page(&["a", "b"], Some("b"), true), page(&["c"], Some("c"), false)];
    let client = Client::new(api(), scripted(pages));
    let read = client.all(List::new(Scope::Organization)).await.unwrap();
    assert_eq!(read.len(), 3);
    let queries: Vec<_> = client
        .transport()
        .requests()
        .iter()
        .map(|sent| sent.uri().query().map(str::to_owned))
        .collect();
    assert_eq!(queries, [None, Some("after=b".into())]);
}

#[tokio::test]
async fn a_list_that_cannot_be_continued_is_an_error_with_what_was_read() {
    let first = || page(&["a", "b"], Some("b"), true);
    for (second, lost, ids) in [
        (page(&["c"], None, true), PagingError::NoCursor, vec!["a", "b", "c"]),
        (page(&["c"], Some("b"), true), PagingError::RepeatedCursor, vec!["a", "b", "c"]),
        (page(&[], Some("c"), true), PagingError::EmptyPage, vec!["a", "b"]),
        (page(&[], None, true), PagingError::EmptyPage, vec!["a", "b"]),
    ] {
        let (read, error, requests) = read([first(), second]).await;
        assert!(matches!(error, Some(Error::Paging(found)) if found == lost), "{error:?}");
        assert_eq!(read, ids);
        assert_eq!(requests, 2);
    }
}

#[tokio::test]
async fn a_failed_page_returns_the_items_read_before() {
    let refusal = Outcome::response(403, "{}");
    let (read, error, _) = read([page(&["a"], Some("a"), true), refusal]).await;
    assert_eq!(read, ["a"]);
    assert_eq!(error.unwrap().status().unwrap(), 403);
}

#[tokio::test]
async fn an_item_on_two_pages_is_returned_once() {
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
async fn an_item_that_moved_to_the_next_page_is_returned_once() {
    let pages = [page(&["a", "b"], Some("b"), true), page(&["b", "c"], Some("c"), false)];
    let client = Client::new(api(), scripted(pages));
    let mut pages = client.pages(List::new(Scope::Organization));
    let mut seen = Vec::new();
    while let Some(items) = pages.next().await {
        seen.push(items.unwrap().into_iter().map(|item| item.id.to_string()).collect::<Vec<_>>());
    }
    assert_eq!(seen, [vec!["a", "b"], vec!["c"]]);
}

#[tokio::test]
async fn a_page_that_failed_can_be_requested_again() {
    let refusal = Outcome::response(403, "{}");
    let (first, last) = (page(&["a"], Some("a"), true), page(&["b"], Some("b"), false));
    let client = Client::new(api(), scripted([first, refusal, last]));
    let mut pages = client.pages(List::new(Scope::Organization));
    let mut read = Vec::new();
    read.extend(pages.next().await.unwrap().unwrap());
    let error = pages.next().await.unwrap().unwrap_err().error;
    assert_eq!(error.status().unwrap(), 403);
    read.extend(pages.next().await.unwrap().unwrap());
    assert_eq!(read.iter().map(|item| item.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert!(pages.next().await.is_none(), "the list has ended");
}

#[tokio::test]
async fn a_project_on_two_pages_is_returned_once() {
    let page = |ids: [&str; 2], has_more: bool| {
        let project = |id| json!({"object": "organization.project", "id": id, "created_at": 1});
        let data = ids.map(project);
        let page = json!({"object": "list", "data": data, "last_id": ids[1], "has_more": has_more});
        Outcome::response(200, page.to_string())
    };
    let script = scripted([page(["a", "b"], true), page(["b", "c"], false)]);
    let client = Client::new(api(), script);
    let read = client.all(ListProjects::new()).await.unwrap();
    assert_eq!(read.iter().map(|project| project.id.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[tokio::test]
async fn a_reference_to_a_transport_has_the_same_clock() {
    let script = scripted([]);
    let client = Client::new(api(), &script);
    client.transport().sleep(Delay::exactly(Duration::from_secs(1))).await;
    assert_eq!(client.transport().now(), Duration::from_secs(1));
}

#[tokio::test]
async fn a_series_stops_at_the_first_failure_and_can_be_resumed() {
    let done = || Outcome::response(200, r#"{"object":"x","data":[]}"#);
    let lost = || Outcome::Failure(TransportErrorKind::Timeout);
    let script = scripted([done(), lost(), lost(), lost(), done(), done()]);
    let client = Client::new(api(), script);
    let ids = (0..25).map(|n| id(&format!("cert_{n}")));
    let calls = CertificateIds::batches(ids)
        .into_iter()
        .map(|batch| Deactivate::new(Scope::Organization, batch));
    let failure = client.series(calls).await.unwrap_err();
    assert_eq!((failure.done.len(), failure.rest.len()), (1, 1));
    assert_eq!(failure.failed.ids().as_slice()[0], id("cert_10"));
    assert!(failure.error.may_have_acted());
    assert_eq!(failure.to_string(), "1 of 3 calls were made, then one failed");
    assert_eq!(client.series(failure.into_remaining()).await.unwrap().len(), 2);
}

proptest! {
    #[test]
    fn batches_contain_every_id(numbers in vec(0u8..60, 0..120)) {
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
            let outcome = page(&chunk, chunk.last().copied(), chunks.peek().is_some()).result().unwrap();
            let page = serde_json::from_slice(outcome.body()).unwrap();
            seen.extend(paging.handle_page(page).unwrap().into_iter().map(|item| item.id.to_string()));
        }
        prop_assert_eq!(seen, all);
    }

    #[test]
    fn paging_through_a_cycle_ends(before in 0usize..20, cycle in 1usize..20) {
        let mut paging = Paging::new(List::new(Scope::Organization));
        for step in 0.. {
            prop_assert!(step < 4 * (before + cycle) + 4, "still going round");
            let position = if step < before { step } else { before + (step - before) % cycle };
            let cursor = format!("c{position}");
            let outcome = page(&[&cursor], Some(&cursor), true).result().unwrap();
            let result = paging.handle_page(serde_json::from_slice(outcome.body()).unwrap());
            if let Err(IncompleteList { error, .. }) = result {
                prop_assert!(matches!(error, Error::Paging(PagingError::RepeatedCursor)), "{error:?}");
                break;
            }
        }
        prop_assert!(paging.next().is_none());
    }
}

#[tokio::test]
async fn a_list_of_more_than_ten_thousand_items_is_an_error() {
    let ids: Vec<_> = (0..10_000).map(|number| format!("cert_{number}")).collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let (read, error, requests) = read([page(&ids, Some("cert_9999"), true)]).await;
    assert_eq!((read.len(), requests), (10_000, 1));
    assert!(matches!(error, Some(Error::Paging(PagingError::TooLong { max: 10_000, .. }))));
}

#[test]
fn an_item_that_is_twice_on_a_page_is_returned_once() {
    let mut paging = Paging::new(List::new(Scope::Organization));
    let twice = ["a", "b", "a"]
        .map(|name| Certificate::new(Object::CERTIFICATE, id(name), 1.try_into().unwrap()));
    let read = paging.handle_page(Page::new(twice.to_vec())).unwrap();
    assert_eq!(read.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}
