//! Which files does the page consist of?

use std::collections::HashMap;
use std::path::Path;

use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::config::ServerError;

/// A page is a few hundred kilobytes; a folder with more than this is the wrong one.
const MAX_BYTES: u64 = 32 << 20;
const MAX_FILES: usize = 2_000;
const INDEX: &str = "index.html";

/// The files of the page, read once. A request names one of them or none: there is no path to escape from.
#[derive(Debug)]
pub(crate) struct Page {
    files: HashMap<String, File>,
}

#[derive(Debug)]
struct File {
    bytes: Bytes,
    mime: &'static str,
    /// Its name holds a hash of its content.
    immutable: bool,
}

impl Page {
    /// The page without a page: it says how to add one.
    pub(crate) fn built_in() -> Self {
        let file = File {
            bytes: Bytes::from_static(include_bytes!("page.html")),
            mime: mime(INDEX),
            immutable: false,
        };
        Self { files: [(INDEX.to_owned(), file)].into() }
    }

    /// Reads a built page. Without `index.html` it is the built-in one. Links are not followed.
    ///
    /// # Errors
    /// When the folder cannot be read or is far too large to be a page.
    pub(crate) fn load(dir: &Path) -> Result<Self, ServerError> {
        let mut page = Self { files: HashMap::new() };
        let mut room = MAX_BYTES;
        page.add(dir, "", &mut room).map_err(|source| ServerError::Page { path: dir.to_owned(), source })?;
        if !page.files.contains_key(INDEX) {
            tracing::warn!("the page's folder has no index.html: cargo xtask run builds the page");
            return Ok(Self::built_in());
        }
        Ok(page)
    }

    fn add(&mut self, dir: &Path, prefix: &str, room: &mut u64) -> std::io::Result<()> {
        for entry in std::fs::read_dir(dir)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                self.add(&entry.path(), &format!("{name}/"), room)?;
            } else if kind.is_file() {
                let size = entry.metadata()?.len();
                *room = room.checked_sub(size).ok_or_else(too_much)?;
                if self.files.len() >= MAX_FILES {
                    return Err(too_much());
                }
                let file = File {
                    bytes: std::fs::read(entry.path())?.into(),
                    mime: mime(&name),
                    immutable: prefix.starts_with("assets/"),
                };
                self.files.insert(name, file);
            }
        }
        Ok(())
    }

    /// The file of a request's path, or 404.
    pub(crate) fn get(&self, path: &str) -> Response {
        let name = match path.strip_prefix('/') {
            None | Some("") => INDEX,
            Some(name) => name,
        };
        let Some(file) = self.files.get(name) else {
            return (StatusCode::NOT_FOUND, "there is nothing here\n").into_response();
        };
        let cache = match file.immutable {
            true => "public, max-age=31536000, immutable",
            false => "no-cache",
        };
        let mut response = file.bytes.clone().into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(file.mime));
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(cache));
        response
    }
}

fn too_much() -> std::io::Error {
    std::io::Error::other("it holds far more than a page")
}

fn mime(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        Some("wasm") => "application/wasm",
        Some("wav") => "audio/wav",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(page: &Page, path: &str) -> u16 {
        page.get(path).status().as_u16()
    }

    #[test]
    fn files_are_served_with_their_type_and_nothing_else_is() {
        let outer = tempfile::tempdir().unwrap();
        std::fs::write(outer.path().join("secret"), "no").unwrap();
        let dir = outer.path().join("web");
        std::fs::create_dir_all(dir.join("assets")).unwrap();
        std::fs::write(dir.join("index.html"), "<p>hello").unwrap();
        std::fs::write(dir.join("assets/app-1a2b.js"), "1").unwrap();
        std::os::unix::fs::symlink(outer.path().join("secret"), dir.join("link")).unwrap();
        let page = Page::load(&dir).unwrap();
        assert_eq!(page.get("/").headers()["content-type"], "text/html; charset=utf-8");
        assert_eq!(page.get("/").headers()["cache-control"], "no-cache");
        let script = page.get("/assets/app-1a2b.js");
        assert_eq!(script.headers()["content-type"], "text/javascript; charset=utf-8");
        assert!(script.headers()["cache-control"].to_str().unwrap().contains("immutable"));
        for path in [
            "/../secret",
            "/assets/../../secret",
            "/%2e%2e/secret",
            "//secret",
            "/link",
            "/assets",
            "/assets/",
            "/.",
        ] {
            assert_eq!(status(&page, path), 404, "{path}");
        }
    }

    #[test]
    fn without_a_built_page_the_address_says_how_to_add_it() {
        let dir = tempfile::tempdir().unwrap();
        let page = Page::load(dir.path()).unwrap();
        assert_eq!(status(&page, "/"), 200);
        let text = std::str::from_utf8(include_bytes!("page.html")).unwrap();
        assert!(text.contains("cargo xtask run") && text.contains("Node"));
        assert!(Page::load(&dir.path().join("missing")).is_err());
    }
}
