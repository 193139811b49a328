/* The URL of an endpoint. */
#include "fuzz.h"

#include "../native/wire/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ti_span_t url = ti_span(data, size);
    ti_endpoint_t endpoint;
    if (!ti_endpoint_parse(url, &endpoint)) {
        return 0;
    }
    EXPECT(is_within(endpoint.host, url) && is_within(endpoint.prefix, url));
    EXPECT(endpoint.host.size >= 1 && endpoint.host.size <= 253 && size <= 512);
    EXPECT(endpoint.port > 0);
    EXPECT(is_within(endpoint.authority, url) && endpoint.authority.size >= endpoint.host.size);
    EXPECT(endpoint.prefix.size == 0 || endpoint.prefix.data[0] == '/');
    EXPECT(endpoint.prefix.size == 0 || endpoint.prefix.data[endpoint.prefix.size - 1] != '/');
    for (size_t i = 0; i < size; i++) {
        EXPECT(data[i] > ' ' && data[i] < 0x7f); /* a character in a request line cannot end it */
    }
    return 0;
}
