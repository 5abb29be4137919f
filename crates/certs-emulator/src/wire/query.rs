//! Query parameters.

use http::Uri;

use crate::state::ordered_store::Order;
use crate::wire::refusal::Refusal;

/// Decoded query parameters. Unknown ones are ignored.
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn from_uri(uri: &Uri) -> Self {
        let query = uri.query().unwrap_or_default();
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// The value of a parameter; the last one if it is repeated.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The values of a list parameter, written `name[]=` or `name=`.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = move |key: &str| key.strip_suffix("[]").unwrap_or(key) == name;
        self.0.iter().filter(move |(key, _)| named(key)).map(|(_, value)| value.as_str())
    }

    /// The `limit`, 1 to 100, by default 20.
    pub(crate) fn limit(&self) -> Result<usize, Refusal> {
        let Some(text) = self.value("limit") else { return Ok(20) };
        text.parse().ok().filter(|limit| (1..=100).contains(limit)).ok_or_else(|| {
            Refusal::parameter("limit", "Invalid 'limit': expected an integer from 1 to 100.")
        })
    }

    /// The `order`, by default descending.
    pub(crate) fn order(&self) -> Result<Order, Refusal> {
        match self.value("order") {
            None | Some("desc") => Ok(Order::Descending),
            Some("asc") => Ok(Order::Ascending),
            Some(_) => {
                Err(Refusal::parameter("order", "Invalid 'order': expected 'asc' or 'desc'."))
            }
        }
    }

    /// A parameter that is `true` or `false`, by default `false`.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.value(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Refusal::parameter(
                name,
                format!("Invalid '{name}': expected 'true' or 'false'."),
            )),
        }
    }
}

/// The refusal of an unknown cursor.
pub(crate) fn unknown_cursor(name: &str) -> Refusal {
    Refusal::parameter(name, format!("Invalid '{name}': no object has this id."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        Query::from_uri(&format!("/?{text}").parse().unwrap())
    }

    #[test]
    fn limit_is_1_to_100_and_20_by_default() {
        assert_eq!(query("").limit().unwrap(), 20);
        assert_eq!(query("limit=1").limit().unwrap(), 1);
        assert_eq!(query("limit=100").limit().unwrap(), 100);
        for wrong in ["", "0", "101", "-1", "ten", "1.0", "99999999999999999999"] {
            let refusal = query(&format!("limit={wrong}")).limit().unwrap_err();
            assert_eq!(refusal.body.param.as_deref(), Some("limit"));
        }
    }

    #[test]
    fn order_is_asc_or_desc() {
        assert_eq!(query("").order().unwrap(), Order::Descending);
        assert_eq!(query("order=asc").order().unwrap(), Order::Ascending);
        assert_eq!(query("order=up").order().unwrap_err().body.param.as_deref(), Some("order"));
    }

    #[test]
    fn reads_list_parameters_with_and_without_brackets() {
        for text in [
            "include[]=content",
            "include=content",
            "include%5B%5D=content",
            "include%5b]=c%6Fntent",
        ] {
            assert_eq!(query(text).values("include").collect::<Vec<_>>(), ["content"], "{text}");
        }
        assert_eq!(query("a[]=1&b=2&a=3").values("a").collect::<Vec<_>>(), ["1", "3"]);
    }
}
