//! The addresses that a site's sitemap names.
//!
//! In: the text of a sitemap, or of an index of several. Out: addresses of pages and of further sitemaps,
//! the first so many. Absent: dates and priorities, which sites make up.

/// Addresses taken of one sitemap: more than any crawl visits.
const MOST: usize = 5_000;

/// What a sitemap names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sitemap {
    pub pages: Vec<String>,
    /// Further sitemaps.
    pub maps: Vec<String>,
}

/// Reads a sitemap; what isn't one names nothing.
#[must_use]
pub fn read(text: &str) -> Sitemap {
    let is_index = text.contains("<sitemapindex");
    let located = text.split("<loc>").skip(1).take(MOST);
    let urls: Vec<String> = located
        .filter_map(|part| part.split_once("</loc>"))
        .map(|(url, _)| url.trim())
        .map(|url| url.strip_prefix("<![CDATA[").unwrap_or(url))
        .map(|url| url.strip_suffix("]]>").unwrap_or(url))
        .map(|url| url.trim().replace("&amp;", "&"))
        .filter(|url| !url.is_empty())
        .collect();
    if is_index {
        Sitemap {
            pages: Vec::new(),
            maps: urls,
        }
    } else {
        Sitemap {
            pages: urls,
            maps: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_further_maps_are_told_apart() {
        let map = read(
            "<urlset><url><loc> https://a.example/1?a=1&amp;b=2 </loc></url><url><loc><![CDATA[https://a.example/2]]></loc></url><url><loc></loc></url></urlset>",
        );
        assert_eq!(
            map.pages,
            ["https://a.example/1?a=1&b=2", "https://a.example/2"]
        );
        let index = read(
            "<sitemapindex><sitemap><loc>https://a.example/s1.xml</loc></sitemap></sitemapindex>",
        );
        assert_eq!((index.pages.len(), index.maps.len()), (0, 1));
    }

    #[test]
    fn what_is_no_sitemap_names_nothing_and_a_huge_one_is_cut() {
        assert_eq!(read("<html><loc>cut off"), Sitemap::default());
        let huge = "<loc>https://a.example/x</loc>".repeat(MOST + 10);
        assert_eq!(read(&huge).pages.len(), MOST);
    }
}
