//! A mail's layout, made harmless.

use std::borrow::Cow;
use std::collections::HashSet;

use ammonia::Builder;

/// A larger layout is not kept; its text is.
const MOST_BYTES: usize = 256 << 10;

/// Without scripts, styles, forms and frames. Pictures from elsewhere keep their address: whoever shows the layout must not load them by
/// themselves, because that tells the sender that it was read. Empty where it is too large.
pub fn clean(html: &str) -> String {
    if html.len() > MOST_BYTES {
        return String::new();
    }
    let schemes: HashSet<&str> = ["https", "mailto", "tel", "cid"].into();
    Builder::default()
        .url_schemes(schemes)
        .rm_tags(["map", "area"])
        .link_rel(Some("noopener noreferrer"))
        .set_tag_attribute_value("a", "target", "_blank")
        .attribute_filter(|tag, attribute, value| match (tag, attribute) {
            ("img", "src") if !["cid:", "https://"].iter().any(|start| value.to_ascii_lowercase().starts_with(start)) => None,
            _ => Some(Cow::Borrowed(value)),
        })
        .clean(html)
        .to_string()
}

/// A plain text as the simplest layout.
pub fn of_text(text: &str) -> String {
    let escaped = ammonia_text(text);
    let paragraphs = escaped.split("\n\n").map(|p| format!("<p>{}</p>", p.trim_matches('\n').replace('\n', "<br>\n")));
    format!("<div>{}</div>", paragraphs.collect::<Vec<_>>().join("\n"))
}

fn ammonia_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves S15 for the layout of letters; `hostile-letters` of the browser's story shows it in its frame.
    #[test]
    fn nothing_runs_and_nothing_is_fetched() {
        let hostile = [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<a href='javascript:alert(1)'>x</a>",
            "<svg onload=alert(1)>",
            "<form action=https://evil.example><input></form>",
            "<meta http-equiv=refresh content='0;url=https://evil.example'>",
            "<iframe src=https://evil.example></iframe>",
            "<style>@import 'https://evil.example'</style>",
            "<div style='background:url(https://evil.example)'>x</div>",
            "<math><mi xlink:href='data:x,<script>alert(1)</script>'></math>",
            "<base href=https://evil.example>",
            "<img src=data:image/svg+xml,x>",
        ];
        for html in hostile {
            let clean = clean(html).to_lowercase();
            for word in ["script", "onerror", "onload", "style", "evil", "track", "<form", "<svg", "<meta", "<iframe", "data:", "<math"] {
                assert!(!clean.contains(word), "{html} left {clean}");
            }
            assert_eq!(super::clean(&clean), clean, "what is clean stays as it is");
        }
        let remote = clean("<img src='https://track.example/p.gif?a=1&b=2' srcset='https://track.example/2x.gif 2x' style='x'>");
        assert_eq!(remote, "<img src=\"https://track.example/p.gif?a=1&amp;b=2\">");
        let kept = clean("<p>Hi <b>you</b> <img src='cid:a@b'> <a href='https://shop.example'>shop</a></p>");
        assert!(kept.contains("cid:a@b") && kept.contains("<b>you</b>") && kept.contains("noopener") && kept.contains("_blank"), "{kept}");
        assert_eq!(clean(&"<b>x".repeat(100_000)), "");
    }

    #[test]
    fn a_text_is_only_a_text() {
        assert_eq!(of_text("a <b>\nc\n\nd & e"), "<div><p>a &lt;b&gt;<br>\nc</p>\n<p>d &amp; e</p></div>");
    }
}
