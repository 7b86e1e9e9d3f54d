//! Files by generated keys in an object store: bytes → sync → rename → then the row. Type by content, limits before decoding.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use connectors::{FileRef, PictureLimit};
use futures::StreamExt;
use image::{ImageDecoder, ImageFormat, ImageReader, Limits};
use model::message::{AttachmentState, FileProblem};
use model::{Attachment, AttachmentId, Id, Timestamp, WorkspaceId};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};

use crate::fit::MAX_PIXELS;
use crate::{Engine, Once, Request, once};

/// Largest file taken from a person, in bytes.
pub const MAX_FILE_BYTES: usize = 10 * 1024 * 1024;
/// How long a picture may take to be made for a channel.
const FITTING: Duration = Duration::from_secs(10);
const THUMBNAIL: u32 = 640;
/// What the key that signs links is derived for.
const LINKS: &str = "file links";
/// How long a file link works, in seconds: long enough for a provider's retries and an open desk.
const LINK_S: i64 = 7 * 86_400;

#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
}

/// Why a file was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileRefused {
    Empty,
    TooBig { limit: usize },
    TooManyPixels,
    Broken,
}

#[derive(Debug, Clone)]
pub struct StoredFile {
    pub bytes: Bytes,
    pub media_type: String,
    pub name: String,
    /// Whether a browser may show it in place; everything else is a download.
    pub inline: bool,
}

impl FileRefused {
    /// What is said of a customer's file of so many bytes.
    pub(crate) fn problem(&self, bytes: usize) -> FileProblem {
        match self {
            Self::TooBig { limit } => FileProblem::TooBig { bytes: Some(bytes as i64), limit: *limit as i64 },
            Self::TooManyPixels => FileProblem::TooManyPixels { limit: MAX_PIXELS as i64 },
            Self::Empty | Self::Broken => FileProblem::Unreadable,
        }
    }
}

/// A file as examined, before it is stored.
#[derive(Debug, Clone)]
pub struct Upload {
    pub name: String,
    pub media_type: String,
    pub bytes: Bytes,
    pub size: Option<(u32, u32)>,
    pub thumbnail: Option<Bytes>,
}

impl Files {
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self { store }
    }
    /// Files in a folder of the data directory.
    pub fn in_folder(folder: &std::path::Path) -> Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
        let store = object_store::local::LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self::new(Arc::new(store)))
    }
    pub fn in_memory() -> Self {
        Self::new(Arc::new(object_store::memory::InMemory::new()))
    }
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        self.store.put(&Path::from(key), PutPayload::from_bytes(bytes)).await.context("storing a file")?;
        Ok(())
    }
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        match self.store.get(&Path::from(key)).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error).context("reading a file"),
        }
    }
    pub async fn delete(&self, key: &str) -> Result<()> {
        match self.store.delete(&Path::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error).context("deleting a file"),
        }
    }
}

impl Files {
    /// Deletes files of a folder, at most `limit`; false when there are none.
    pub async fn delete_some(&self, folder: &str, limit: usize) -> Result<bool> {
        let listed: Vec<_> = self.store.list(Some(&Path::from(folder))).take(limit).collect().await;
        let some = !listed.is_empty();
        for file in listed {
            self.delete(file.context("listing files")?.location.as_ref()).await?;
        }
        Ok(some)
    }
}

/// Which copy of a file a link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileCopy {
    Whole,
    /// The small picture of it.
    Small,
    /// What was made of it for a channel, by the name of the limits.
    Made(String),
}

/// Looks at the content: what it is, how big, and a small picture of it. Runs long: call it on a blocking thread.
pub fn examine(name: &str, bytes: Bytes) -> Result<Upload, FileRefused> {
    if bytes.is_empty() {
        return Err(FileRefused::Empty);
    }
    if bytes.len() > MAX_FILE_BYTES {
        return Err(FileRefused::TooBig { limit: MAX_FILE_BYTES });
    }
    let media_type = sniff(&bytes);
    let name = display_name(name, &media_type);
    let Some(format) = ImageFormat::from_mime_type(&media_type).filter(|_| media_type.starts_with("image/")) else {
        return Ok(Upload { name, media_type, bytes, size: None, thumbnail: None });
    };
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_PIXELS * 4);
    let mut reader = ImageReader::with_format(std::io::Cursor::new(&bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| FileRefused::Broken)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(FileRefused::TooManyPixels);
    }
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = image::DynamicImage::from_decoder(decoder).map_err(|_| FileRefused::Broken)?;
    picture.apply_orientation(orientation);
    let size = (picture.width(), picture.height());
    let encode = |picture: &image::DynamicImage, format: ImageFormat| {
        let mut out = std::io::Cursor::new(Vec::new());
        let flat = if format == ImageFormat::Jpeg { picture.to_rgb8().into() } else { picture.clone() };
        flat.write_to(&mut out, format).ok().map(|()| Bytes::from(out.into_inner()))
    };
    // Encoding the pixels anew drops every note in the file, the place where it was taken above all. What may move is only freed of them.
    let clean = match format {
        ImageFormat::Jpeg => encode(&picture, ImageFormat::Jpeg),
        ImageFormat::Png => encode(&picture, ImageFormat::Png),
        _ => crate::picture::without_notes(format, &bytes, orientation).map(Bytes::from),
    };
    let clean = clean.ok_or(FileRefused::Broken)?;
    let small = if size.0.max(size.1) > THUMBNAIL { picture.thumbnail(THUMBNAIL, THUMBNAIL) } else { picture.clone() };
    let small_format = if picture.color().has_alpha() { ImageFormat::Png } else { ImageFormat::Jpeg };
    Ok(Upload { name, media_type, thumbnail: encode(&small, small_format), bytes: clean, size: Some(size) })
}

/// The type found in the content. What could run or be misread in a browser is plain bytes.
pub(crate) fn sniff(bytes: &[u8]) -> String {
    let found = infer::get(bytes).map(|kind| kind.mime_type());
    match found {
        Some(kind @ ("image/png" | "image/jpeg" | "image/gif" | "image/webp" | "application/pdf")) => kind.to_owned(),
        Some(kind) if kind.starts_with("audio/") || kind.starts_with("video/") => kind.to_owned(),
        Some(_) => "application/octet-stream".to_owned(),
        None => match std::str::from_utf8(bytes) {
            // A mark of the order of bytes may stand before a page, too.
            Ok(text) if !text.trim_start_matches(before_text).starts_with('<') && !text.contains('\0') => "text/plain".to_owned(),
            _ => "application/octet-stream".to_owned(),
        },
    }
}

fn before_text(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// A name fit to show and to save: no path, no control or direction characters, an ending that fits the content.
pub(crate) fn display_name(name: &str, media_type: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let base = name.nfc().collect::<String>();
    let base = base.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = base
        .chars()
        .filter(|c| {
            !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '"' | '<' | '>' | '|' | ':' | '*' | '?')
        })
        .take(120)
        .collect();
    let clean = clean.trim().trim_matches('.').to_owned();
    let ending = match media_type {
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "application/pdf" => "pdf",
        "text/plain" => "txt",
        _ => "",
    };
    let has = |ending: &str| {
        clean.to_lowercase().ends_with(&format!(".{ending}")) || (ending == "jpg" && clean.to_lowercase().ends_with(".jpeg"))
    };
    match (clean.is_empty(), ending) {
        (true, "") => "file.bin".to_owned(),
        (true, ending) => format!("file.{ending}"),
        (false, "" | "txt") => clean,
        (false, ending) if has(ending) => clean,
        (false, ending) => format!("{clean}.{ending}"),
    }
}

impl Engine {
    /// Takes a file that no message has yet. `owner` says who may attach it.
    pub async fn upload(&self, ws: i64, owner: &str, name: &str, bytes: Bytes) -> Result<Result<Attachment, FileRefused>> {
        let attachment = match self.take_file(ws, name, bytes).await? {
            Ok(attachment) => attachment,
            Err(refused) => return Ok(Err(refused)),
        };
        let (owner, kept, now) = (owner.to_owned(), attachment.clone(), self.now());
        self.0
            .db
            .write(move |tx| {
                let (owner, kept) = (owner.clone(), kept.clone());
                Box::pin(async move { store::message::insert_attachment(tx, ws, &kept, None, &owner, now).await })
            })
            .await?;
        Ok(Ok(attachment))
    }

    /// The same, once per request; of one that was made before the kept answer is the attachment's id.
    pub async fn upload_once(
        &self,
        ws: i64,
        owner: &str,
        name: &str,
        bytes: Bytes,
        request: Request,
    ) -> Result<Result<Once<Attachment>, FileRefused>> {
        let attachment = match self.take_file(ws, name, bytes).await? {
            Ok(attachment) => attachment,
            Err(refused) => return Ok(Err(refused)),
        };
        let (owner, kept, now) = (owner.to_owned(), attachment.clone(), self.now());
        let before = self
            .0
            .db
            .write(move |tx| {
                let (owner, kept, request) = (owner.clone(), kept.clone(), request.clone());
                Box::pin(async move {
                    if let Some(before) = once::claim(tx, ws, &request, now).await? {
                        return Ok(Some(before));
                    }
                    store::message::insert_attachment(tx, ws, &kept, None, &owner, now).await?;
                    once::finish(tx, ws, &request, &kept.id.to_string()).await?;
                    Ok(None)
                })
            })
            .await?;
        let Some(before) = before else { return Ok(Ok(Once::Done(attachment))) };
        for key in std::iter::once(&attachment.key).chain(&attachment.thumbnail_key) {
            self.0.files.delete(key).await?;
        }
        Ok(Ok(before))
    }

    /// Looks into a file and keeps its bytes; its row is the caller's to write.
    async fn take_file(&self, ws: i64, name: &str, bytes: Bytes) -> Result<Result<Attachment, FileRefused>> {
        let label = name.to_owned();
        Ok(match tokio::task::spawn_blocking(move || examine(&label, bytes)).await? {
            Ok(examined) => Ok(self.store_file(ws, self.ids().next(), examined, None).await?),
            Err(refused) => Err(refused),
        })
    }

    /// Puts the bytes where the row will say they are.
    pub(crate) async fn store_file(&self, ws: i64, id: AttachmentId, upload: Upload, source_url: Option<String>) -> Result<Attachment> {
        let workspace = self.config(ws).await?.workspace.id;
        let key = file_key(workspace, id);
        self.0.files.put(&key, upload.bytes.clone()).await?;
        let moves = crate::picture::moves(&upload.bytes);
        let thumbnail_key = match &upload.thumbnail {
            Some(thumbnail) => {
                let key = format!("{key}.small");
                self.0.files.put(&key, thumbnail.clone()).await?;
                Some(key)
            }
            None => None,
        };
        Ok(Attachment {
            id,
            name: upload.name,
            media_type: upload.media_type,
            bytes: upload.bytes.len() as i64,
            width: upload.size.map(|(width, _)| i64::from(width)),
            height: upload.size.map(|(_, height)| i64::from(height)),
            state: AttachmentState::Ready,
            key,
            thumbnail_key,
            source_url,
            sticker: false,
            moves,
            problem: None,
        })
    }

    /// A link to a file on the files origin, signed over id, workspace and expiry.
    pub fn file_url(&self, workspace: WorkspaceId, attachment: &Attachment, copy: FileCopy) -> String {
        // Rounded to the day, so that the same file keeps one link and the browser's cache works.
        let expires = (self.now().secs() / 86_400 + 1) * 86_400 + LINK_S;
        let signature = file_signature(&self.0.vault.derive(LINKS), workspace, attachment.id, expires);
        let name: String = url::form_urlencoded::byte_serialize(attachment.name.as_bytes()).collect::<String>().replace('+', "%20");
        let which = match copy {
            FileCopy::Small if attachment.thumbnail_key.is_some() => "&t=1".to_owned(),
            FileCopy::Made(made) => format!("&m={made}"),
            FileCopy::Whole | FileCopy::Small => String::new(),
        };
        format!("{}/f/{workspace}/{}/{name}?e={expires}&s={signature}{which}", self.0.origins.files, attachment.id)
    }

    /// Opens a signed link; `None` for one that is forged, over or leads nowhere.
    pub async fn open_file(
        &self,
        workspace: WorkspaceId,
        id: AttachmentId,
        expires: i64,
        signature: &str,
        copy: FileCopy,
    ) -> Result<Option<StoredFile>> {
        let keys = [Some(self.0.vault.derive(LINKS)), self.0.vault.derive_before(LINKS)];
        let genuine = keys.iter().flatten().any(|key| {
            let wanted = file_signature(key, workspace, id, expires);
            connectors::signature::same(wanted.as_bytes(), signature.as_bytes())
        });
        if !genuine || Timestamp::from_secs(expires) < self.now() {
            return Ok(None);
        }
        let found = self
            .0
            .db
            .read(move |tx| {
                Box::pin(async move {
                    let Some(workspace) = store::workspace::by_id(tx, workspace).await? else { return Ok(None) };
                    store::message::attachment(tx, workspace.number, id).await
                })
            })
            .await?;
        let Some((attachment, _)) = found.filter(|(a, _)| a.state == AttachmentState::Ready) else { return Ok(None) };
        let key = match &copy {
            FileCopy::Small => attachment.thumbnail_key.clone().unwrap_or(attachment.key.clone()),
            FileCopy::Made(made) if !is_made(made) => return Ok(None),
            FileCopy::Made(made) => made_key(&attachment.key, made),
            FileCopy::Whole => attachment.key.clone(),
        };
        let Some(bytes) = self.0.files.get(&key).await? else { return Ok(None) };
        let inline = matches!(attachment.media_type.as_str(), "image/png" | "image/jpeg" | "image/gif" | "image/webp")
            || attachment.media_type.starts_with("audio/")
            || attachment.media_type.starts_with("video/");
        let media_type = if key == attachment.key { attachment.media_type } else { sniff(&bytes) };
        Ok(Some(StoredFile { bytes, media_type, name: attachment.name, inline }))
    }
}

/// Names the limits that a picture was made for, as keys and links have them.
fn made_for(limit: &PictureLimit) -> String {
    let through = if limit.types.iter().any(|kind| kind == "image/png") { "p" } else { "j" };
    format!("{through}-{}-{}", limit.bytes, limit.side)
}

fn is_made(name: &str) -> bool {
    name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Beside the file it was made of.
pub(crate) fn made_key(key: &str, made: &str) -> String {
    format!("{key}.{made}")
}

impl Engine {
    /// The file that a part or a request names, and which of the pictures made of it, if it is one.
    pub(crate) async fn attached(&self, ws: i64, key: &str) -> Result<(Attachment, Option<String>)> {
        let (id, made) = key.split_once('/').map_or((key, None), |(id, made)| (id, Some(made.to_owned())));
        let id = id.parse().map_err(|_| anyhow::anyhow!("an outbox row names no file"))?;
        let found = self.0.db.read(move |tx| Box::pin(async move { store::message::attachment(tx, ws, id).await })).await?;
        Ok((found.context("a file of an outbox row is gone")?.0, made))
    }

    /// Makes the picture that a part is to carry, once: a try that comes later finds it. What cannot be made in time, or at all, leaves as
    /// it is.
    pub(crate) async fn make_picture(&self, ws: i64, file: &mut FileRef) -> Result<()> {
        let Some(limit) = file.make.take() else { return Ok(()) };
        let (attachment, _) = self.attached(ws, &file.key).await?;
        let name = made_for(&limit);
        let key = made_key(&attachment.key, &name);
        let made = match self.0.files.get(&key).await? {
            Some(made) => Some(made),
            None => {
                let bytes = self.0.files.get(&attachment.key).await?.context("a file that is gone")?;
                let made = self.fitted(bytes, limit).await?;
                if let Some(made) = &made {
                    self.0.files.put(&key, made.clone()).await?;
                }
                made
            }
        };
        let Some(made) = made else {
            *file = FileRef { sticker: file.sticker, ..crate::send::file_ref(&attachment) };
            return Ok(());
        };
        file.media_type = sniff(&made);
        file.bytes = made.len() as i64;
        file.name = display_name(file.name.rsplit_once('.').map_or(file.name.as_str(), |(name, _)| name), &file.media_type);
        file.key = format!("{}/{name}", attachment.id);
        Ok(())
    }

    /// One at a time, on a thread of its own: decoded, a picture takes many times its bytes.
    async fn fitted(&self, bytes: Bytes, limit: PictureLimit) -> Result<Option<Bytes>> {
        let place = self.0.fittings.clone().acquire_owned().await?;
        let made = tokio::task::spawn_blocking(move || {
            // Held until the work ends, whether anybody still waits for it or not.
            let _place = place;
            crate::fit::fit(&bytes, &limit)
        });
        Ok(tokio::time::timeout(FITTING, made).await.ok().and_then(Result::ok).flatten().map(Bytes::from))
    }
}

fn file_signature(key: &[u8; 32], workspace: WorkspaceId, id: AttachmentId, expires: i64) -> String {
    let mac = connectors::signature::hmac_sha256(key, format!("{workspace}/{id}/{expires}").as_bytes());
    mac.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Generated names, not content hashes: erasure needs no reference count.
fn file_key(workspace: WorkspaceId, id: AttachmentId) -> String {
    let hex = id.uuid().as_simple().to_string();
    format!("{workspace}/{}/{hex}", &hex[28..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves S16.
    #[test]
    fn names_are_shown_as_they_are_meant_and_no_further() {
        assert_eq!(display_name("../../etc/passwd", "text/plain"), "passwd");
        assert_eq!(display_name("photo\u{202e}gpj.exe", "image/png"), "photogpj.exe.png");
        assert_eq!(display_name("Grüße 안녕.JPEG", "image/jpeg"), "Grüße 안녕.JPEG");
        assert_eq!(display_name("\u{0}", "application/pdf"), "file.pdf");
    }

    /// Proves S16.
    #[test]
    fn the_content_decides_the_type() {
        assert_eq!(sniff(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "application/octet-stream");
        assert_eq!(sniff(b"<!doctype html>"), "application/octet-stream");
        assert_eq!(sniff("Grüße".as_bytes()), "text/plain");
        assert_eq!(sniff(b"%PDF-1.7"), "application/pdf");
        assert_eq!(sniff(b"PK\x03\x04"), "application/octet-stream");
    }

    /// Proves S17.
    #[test]
    fn pictures_lose_their_notes_and_get_a_small_copy() {
        let picture = image::DynamicImage::new_rgb8(1200, 800);
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        let upload = examine("a.jpg", Bytes::from(bytes.into_inner())).unwrap();
        assert_eq!(upload.size, Some((1200, 800)));
        let small = image::load_from_memory(&upload.thumbnail.unwrap()).unwrap();
        assert!(small.width() <= THUMBNAIL);
        assert_eq!(examine("a.jpg", Bytes::from_static(b"\xff\xd8\xff\xe0broken")).unwrap_err(), FileRefused::Broken);
        assert!(matches!(examine("a", Bytes::from(vec![0; MAX_FILE_BYTES + 1])).unwrap_err(), FileRefused::TooBig { .. }));
    }
}
