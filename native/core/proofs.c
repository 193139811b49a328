#include "proofs.h"

#include "../base/bytes.h"
#include "../crypto/crypto.h"

static void add_item_head(ti_sha256_t *hash, size_t size)
{
    uint8_t length[2];
    ti_put_u16_be(length, (uint16_t)size);
    ti_sha256_add(hash, ti_span(length, sizeof length));
}

static void add_item(ti_sha256_t *hash, ti_span_t item)
{
    add_item_head(hash, item.size);
    ti_sha256_add(hash, item);
}

/* A challenge, or a proof without its MAC: channel, type, nonce. */
static void add_nonce_message(ti_sha256_t *hash, enum ti_control_type type, const uint8_t *nonce)
{
    const uint8_t head[2] = {TI_CHANNEL_CONTROL, (uint8_t)type};
    add_item_head(hash, sizeof head + TI_NONCE_BYTES);
    ti_sha256_add(hash, ti_span(head, sizeof head));
    ti_sha256_add(hash, ti_span(nonce, TI_NONCE_BYTES));
}

void ti_proofs_make(ti_span_t device_secret, const ti_transcript_t *transcript, ti_proofs_t *proofs)
{
    ti_sha256_t hash;
    uint8_t digest[TI_SHA256_BYTES];
    ti_sha256_init(&hash);
    add_nonce_message(&hash, TI_CONTROL_CHALLENGE, transcript->service_nonce);
    add_nonce_message(&hash, TI_CONTROL_PROOF, transcript->device_nonce);
    add_item(&hash, TI_SPAN("tirtc.v1"));
    add_item_head(&hash, transcript->prefix.size + transcript->path.size);
    ti_sha256_add(&hash, transcript->prefix);
    ti_sha256_add(&hash, transcript->path);
    add_item(&hash, transcript->host);
    add_item(&hash, transcript->device_id);
    add_item(&hash, transcript->client_id);
    add_item(&hash, transcript->app_id);
    ti_sha256_finish(&hash, digest);

    uint8_t key[TI_SHA256_BYTES];
    ti_hmac_sha256(device_secret, TI_SPAN("\0tirtc.v1 start"), TI_SPAN(""), key);
    ti_span_t k = ti_span(key, sizeof key);
    ti_span_t t = ti_span(digest, sizeof digest);
    ti_hmac_sha256(k, TI_SPAN("D"), t, proofs->device_mac);
    ti_hmac_sha256(k, TI_SPAN("S"), t, proofs->service_mac);
    ti_hmac_sha256(k, TI_SPAN("A"), t, proofs->accept_key);
    ti_wipe(key, sizeof key);
}
