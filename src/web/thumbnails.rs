//! Small pictures of large ones.

use std::io::Cursor;

use bytes::Bytes;
use image::{DynamicImage, GenericImageView, ImageFormat, ImageReader, Limits};

/// A small picture.
#[derive(Clone, Debug)]
pub struct Thumbnail {
    /// The bytes.
    pub content: Bytes,
    /// Their media type.
    pub media_type: &'static str,
    /// How wide it may be.
    pub width: u32,
    /// How high it may be.
    pub height: u32,
    /// How wide it is.
    pub real_width: u32,
    /// How high it is.
    pub real_height: u32,
}

/// The widest and highest picture that is read.
const LARGEST_SIDE: u32 = 16_384;

/// How much memory reading a picture may take.
const MEMORY: u64 = 256 << 20;

/// Pictures of that picture that fit into these boxes, in their order; none of what is no picture.
///
/// It takes its time and is not to be called where others wait.
pub fn fit(content: &[u8], boxes: &[(u32, u32)]) -> Vec<Thumbnail> {
    let Some((format, picture)) = read(content) else { return Vec::new() };
    boxes.iter().filter_map(|(width, height)| one(&picture, format, *width, *height)).collect()
}

fn read(content: &[u8]) -> Option<(ImageFormat, DynamicImage)> {
    let mut reader = ImageReader::new(Cursor::new(content)).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_SIDE);
    limits.max_image_height = Some(LARGEST_SIDE);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    Some((reader.format()?, reader.decode().ok()?))
}

fn one(picture: &DynamicImage, format: ImageFormat, width: u32, height: u32) -> Option<Thumbnail> {
    let (full_width, full_height) = picture.dimensions();
    // A picture that fits is not blown up.
    let small = if full_width <= width && full_height <= height {
        picture.clone()
    } else {
        picture.thumbnail(width, height)
    };
    let (real_width, real_height) = small.dimensions();
    let (format, media_type, small) = match format {
        ImageFormat::Jpeg => (ImageFormat::Jpeg, "image/jpeg", DynamicImage::from(small.to_rgb8())),
        _ => (ImageFormat::Png, "image/png", DynamicImage::from(small.to_rgba8())),
    };
    let mut content = Vec::new();
    small.write_to(&mut Cursor::new(&mut content), format).ok()?;
    Some(Thumbnail { content: content.into(), media_type, width, height, real_width, real_height })
}
