//! The list of files of the page, compiled in.
//!
//! In: the folder `assets/` at build time. Out: name, media type and bytes of each file. Deliberately absent:
//! how they are served (`static_files.rs`). A test compares this list with the folder, so none is forgotten.

use crate::static_files::File;

macro_rules! files {
    ($($kind:ident $name:literal from $path:literal;)*) => {
        /// Every file, the page itself first.
        pub(super) static FILES: &[File] =
            &[$(File { name: $name, kind: $kind, bytes: include_bytes!(concat!("assets/", $path)) },)*];
    };
}

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const IMAGE: &str = "image/svg+xml";

files! {
    HTML "" from "index.html";
    IMAGE "mark.svg" from "mark.svg";
    STYLE "css/base.css" from "css/base.css";
    STYLE "css/bubble.css" from "css/bubble.css";
    STYLE "css/layout.css" from "css/layout.css";
    STYLE "css/panel.css" from "css/panel.css";
    STYLE "css/phone.css" from "css/phone.css";
    SCRIPT "js/actions.js" from "js/actions.js";
    SCRIPT "js/api.js" from "js/api.js";
    SCRIPT "js/bar.js" from "js/bar.js";
    SCRIPT "js/bubble.js" from "js/bubble.js";
    SCRIPT "js/chat.js" from "js/chat.js";
    SCRIPT "js/composer.js" from "js/composer.js";
    SCRIPT "js/content.js" from "js/content.js";
    SCRIPT "js/customer.js" from "js/customer.js";
    SCRIPT "js/dom.js" from "js/dom.js";
    SCRIPT "js/early.js" from "js/early.js";
    SCRIPT "js/fault-text.js" from "js/fault-text.js";
    SCRIPT "js/faults.js" from "js/faults.js";
    SCRIPT "js/icons.js" from "js/icons.js";
    SCRIPT "js/log.js" from "js/log.js";
    SCRIPT "js/main.js" from "js/main.js";
    SCRIPT "js/notices.js" from "js/notices.js";
    SCRIPT "js/owner.js" from "js/owner.js";
    SCRIPT "js/phone.js" from "js/phone.js";
    SCRIPT "js/prefs.js" from "js/prefs.js";
    SCRIPT "js/store.js" from "js/store.js";
    SCRIPT "js/tabs.js" from "js/tabs.js";
    SCRIPT "js/text-en.js" from "js/text-en.js";
    SCRIPT "js/text-pt.js" from "js/text-pt.js";
    SCRIPT "js/text.js" from "js/text.js";
    SCRIPT "js/types.js" from "js/types.js";
}
