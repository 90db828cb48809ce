// libheif's HEVC decoder by libavcodec. It takes the place of the file of this name in
// libheif 1.19, which knows one slice per picture, IDR pictures alone and five pixel
// formats, and gives out pictures that libavcodec calls damaged.

#include "libheif/heif.h"
#include "libheif/heif_plugin.h"
#include "decoder_ffmpeg.h"

#include <climits>
#include <cstring>
#include <memory>
#include <new>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>
#include <libavutil/mem.h>
#include <libavutil/pixdesc.h>
}

namespace {

// A coded picture may be larger than the box around it says: no more than this many
// pixels are decoded, which is what libheif's own limit for files is far above.
const int64_t max_pixels = 64 << 20;

// libavcodec reads the length before each NAL unit, as HEIF writes them, where the
// stream is announced by a hvcC box: version 1, lengths of 4 bytes, no units in it.
const int length_size = 4;
const uint8_t announced[23] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, length_size - 1, 0};

template <typename T, void (*free_it)(T**)>
struct Freed {
  void operator()(T* p) const { free_it(&p); }
};
using Context = std::unique_ptr<AVCodecContext, Freed<AVCodecContext, avcodec_free_context>>;
using Packet = std::unique_ptr<AVPacket, Freed<AVPacket, av_packet_free>>;
using Frame = std::unique_ptr<AVFrame, Freed<AVFrame, av_frame_free>>;

struct Released {
  void operator()(heif_image* image) const { heif_image_release(image); }
};
using Image = std::unique_ptr<heif_image, Released>;

struct Decoder {
  Packet packet{av_packet_alloc()}; // the parameter sets and the slices of one picture
  bool strict = false;
};

const heif_error ok = {heif_error_Ok, heif_suberror_Unspecified, "Success"};
const heif_error no_memory = {heif_error_Memory_allocation_error, heif_suberror_Unspecified, "libavcodec has no memory"};

heif_error damaged(const char* message) { return {heif_error_Decoder_plugin_error, heif_suberror_Unspecified, message}; }

heif_error unsupported(const char* message) {
  return {heif_error_Unsupported_feature, heif_suberror_Unsupported_color_conversion, message};
}

const char* name() {
  static char text[80];
  snprintf(text, sizeof text, "libavcodec HEVC decoder, version %s", av_version_info());
  return text;
}

// What is wrong with a file is the answer of a call and nothing for stderr.
void init() { av_log_set_level(AV_LOG_QUIET); }

void deinit() {}

int does_support(heif_compression_format format) { return format == heif_compression_HEVC ? 100 : 0; }

heif_error new_decoder(void** decoder) {
  auto made = std::unique_ptr<Decoder>(new (std::nothrow) Decoder);
  if (!made || !made->packet) {
    return no_memory;
  }
  *decoder = made.release();
  return ok;
}

void free_decoder(void* decoder) { delete static_cast<Decoder*>(decoder); }

void set_strict(void* decoder, int strict) { static_cast<Decoder*>(decoder)->strict = strict; }

// push adds NAL units, each after its length.
heif_error push(void* decoder, const void* data, size_t size) {
  AVPacket* packet = static_cast<Decoder*>(decoder)->packet.get();
  const auto* bytes = static_cast<const uint8_t*>(data);
  for (size_t at = 0; at < size;) {
    if (size - at < length_size) {
      return {heif_error_Decoder_plugin_error, heif_suberror_End_of_data, "a NAL unit's length is cut off"};
    }
    uint32_t length = (uint32_t) bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
    at += length_size;
    if (length > size - at) {
      return {heif_error_Decoder_plugin_error, heif_suberror_End_of_data, "a NAL unit is cut off"};
    }
    at += length;
  }
  if (size > (size_t) (INT_MAX - AV_INPUT_BUFFER_PADDING_SIZE - packet->size)) {
    return damaged("the coded picture is too large");
  }
  int before = packet->size;
  if (av_grow_packet(packet, (int) size) < 0) {
    return no_memory;
  }
  memcpy(packet->data + before, data, size);
  return ok;
}

// open_context makes a decoder of one thread to which any damage is an error. It puts
// nothing in place of what is missing.
heif_error open_context(Context& context) {
  const AVCodec* codec = avcodec_find_decoder(AV_CODEC_ID_HEVC);
  context.reset(avcodec_alloc_context3(codec));
  if (!context) {
    return no_memory;
  }
  context->extradata = static_cast<uint8_t*>(av_mallocz(sizeof announced + AV_INPUT_BUFFER_PADDING_SIZE));
  if (!context->extradata) {
    return no_memory;
  }
  memcpy(context->extradata, announced, sizeof announced);
  context->extradata_size = sizeof announced;
  context->thread_count = 1;
  context->max_pixels = max_pixels;
  context->err_recognition = AV_EF_EXPLODE | AV_EF_CRCCHECK;
  context->error_concealment = 0;
  context->flags = AV_CODEC_FLAG_UNALIGNED; // the conformance window is cut to the pixel
  return avcodec_open2(context.get(), codec, nullptr) < 0 ? damaged("libavcodec does not start") : ok;
}

// decode leaves the only picture of the packet in frame.
heif_error decode(AVCodecContext* context, const AVPacket* packet, AVFrame* frame) {
  // The second call, without a packet, says that nothing follows: what waits comes out.
  if (avcodec_send_packet(context, packet) < 0 || avcodec_send_packet(context, nullptr) < 0) {
    return damaged("libavcodec refuses the coded picture");
  }
  if (avcodec_receive_frame(context, frame) < 0 || frame->decode_error_flags || (frame->flags & AV_FRAME_FLAG_CORRUPT)) {
    return damaged("the coded picture is damaged");
  }
  return ok;
}

heif_error chroma_of(const AVPixFmtDescriptor* format, heif_chroma& chroma) {
  if (!format || (format->flags & (AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_BE))) {
    return unsupported("the pixel format is unknown");
  }
  int w = format->log2_chroma_w, h = format->log2_chroma_h;
  if (format->nb_components == 1) {
    chroma = heif_chroma_monochrome;
  } else if (format->nb_components != 3 || av_pix_fmt_count_planes(av_pix_fmt_desc_get_id(format)) != 3) {
    return unsupported("the pixel format is unknown");
  } else if (w == 1 && h == 1) {
    chroma = heif_chroma_420;
  } else if (w == 1 && h == 0) {
    chroma = heif_chroma_422;
  } else if (w == 0 && h == 0) {
    chroma = heif_chroma_444;
  } else {
    return unsupported("the chroma subsampling is unknown");
  }
  return ok;
}

// copy_planes: libavcodec's planes are in libheif's order, also where they are G, B, R.
heif_error copy_planes(const AVFrame* frame, const AVPixFmtDescriptor* format, heif_image* image) {
  const heif_channel channels[] = {heif_channel_Y, heif_channel_Cb, heif_channel_Cr};
  int bits = format->comp[0].depth;
  for (int c = 0; c < format->nb_components; c++) {
    int w = c ? AV_CEIL_RSHIFT(frame->width, format->log2_chroma_w) : frame->width;
    int h = c ? AV_CEIL_RSHIFT(frame->height, format->log2_chroma_h) : frame->height;
    heif_error err = heif_image_add_plane(image, channels[c], w, h, bits);
    if (err.code) {
      return err;
    }
    int stride;
    uint8_t* to = heif_image_get_plane(image, channels[c], &stride);
    const uint8_t* from = frame->data[c];
    for (int y = 0; y < h; y++, to += stride, from += frame->linesize[c]) {
      memcpy(to, from, (size_t) w * ((bits + 7) / 8));
    }
  }
  return ok;
}

// set_colours: what the file's own box says goes before it. A number that libheif does
// not know stands for "unspecified", unless the caller wants to hear of it.
heif_error set_colours(const AVFrame* frame, heif_image* image, bool strict) {
  auto* colours = heif_nclx_color_profile_alloc();
  if (!colours) {
    return no_memory;
  }
  heif_error errs[] = {
      heif_nclx_color_profile_set_color_primaries(colours, (uint16_t) frame->color_primaries),
      heif_nclx_color_profile_set_transfer_characteristics(colours, (uint16_t) frame->color_trc),
      heif_nclx_color_profile_set_matrix_coefficients(colours, (uint16_t) frame->colorspace),
  };
  colours->full_range_flag = frame->color_range == AVCOL_RANGE_JPEG;
  heif_error err = heif_image_set_nclx_color_profile(image, colours);
  heif_nclx_color_profile_free(colours);
  for (const heif_error& each : errs) {
    if (each.code && strict) {
      return each;
    }
  }
  return err;
}

heif_error decode_image(void* decoder_, heif_image** out) {
  auto* decoder = static_cast<Decoder*>(decoder_);
  *out = nullptr;
  Context context;
  heif_error err = open_context(context);
  if (err.code) {
    return err;
  }
  Frame frame(av_frame_alloc());
  if (!frame) {
    return no_memory;
  }
  err = decode(context.get(), decoder->packet.get(), frame.get());
  av_packet_unref(decoder->packet.get());
  context.reset(); // its tables are not needed beside the copy
  if (err.code) {
    return err;
  }

  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get((AVPixelFormat) frame->format);
  heif_chroma chroma;
  err = chroma_of(format, chroma);
  if (err.code) {
    return err;
  }
  heif_image* made = nullptr;
  err = heif_image_create(frame->width, frame->height,
                          chroma == heif_chroma_monochrome ? heif_colorspace_monochrome : heif_colorspace_YCbCr, chroma, &made);
  if (err.code) {
    return err;
  }
  Image image(made);
  err = copy_planes(frame.get(), format, made);
  if (!err.code) {
    err = set_colours(frame.get(), made, decoder->strict);
  }
  if (!err.code) {
    *out = image.release();
  }
  return err;
}

const heif_decoder_plugin plugin = {
    3, name, init, deinit, does_support, new_decoder, free_decoder, push, decode_image, set_strict, "ffmpeg"};

} // namespace

const heif_decoder_plugin* get_decoder_plugin_ffmpeg() { return &plugin; }
