#include "lan9118.h"

#include <string.h>

#ifndef LAN9118_BASE
#error "define LAN9118_BASE as the address of the controller; see CMakeLists.txt"
#endif

/* Registers, section 5.3. */
enum {
    RX_DATA_FIFO = 0x00,
    TX_DATA_FIFO = 0x20,
    RX_STATUS_FIFO = 0x40,
    TX_STATUS_FIFO = 0x48,
    INT_STS = 0x58,
    INT_EN = 0x5c,
    BYTE_TEST = 0x64,
    FIFO_INT = 0x68,
    RX_CFG = 0x6c,
    TX_CFG = 0x70,
    HW_CFG = 0x74,
    RX_FIFO_INF = 0x7c,
    TX_FIFO_INF = 0x80,
    MAC_CSR_CMD = 0xa4,
    MAC_CSR_DATA = 0xa8
};

/* Registers of the MAC, accessed through MAC_CSR_CMD, section 5.4. */
enum { MAC_CR = 1, ADDRH = 2, ADDRL = 3 };

#define BYTE_TEST_VALUE 0x87654321u
#define HW_CFG_SOFT_RESET (1u << 0)
#define HW_CFG_MUST_BE_ONE (1u << 20)
#define HW_CFG_TX_FIFO_5_KB (5u << 16)
#define FIFO_INT_TX_AT_ALL (0xffu << 24)
#define TX_CFG_ON (1u << 1)
#define MAC_CSR_BUSY (1u << 31)
#define MAC_CR_FULL_DUPLEX (1u << 20)
#define MAC_CR_TX_ON (1u << 3)
#define MAC_CR_RX_ON (1u << 2)
#define TX_FIRST_AND_LAST (1u << 13 | 1u << 12)
#define RX_STATUS_ERROR (1u << 15)

enum { CHECK_SUM_BYTES = 4, TX_COMMAND_BYTES = 8, TX_SLACK_BYTES = 8 };

static volatile uint32_t *reg(unsigned offset)
{
    return (volatile uint32_t *)(LAN9118_BASE + offset); // NOLINT(performance-no-int-to-ptr)
}

static void write_mac(uint32_t which, uint32_t value)
{
    *reg(MAC_CSR_DATA) = value;
    *reg(MAC_CSR_CMD) = MAC_CSR_BUSY | which;
    while ((*reg(MAC_CSR_CMD) & MAC_CSR_BUSY) != 0) {
    }
}

bool lan9118_open(const uint8_t mac[6])
{
    if (*reg(BYTE_TEST) != BYTE_TEST_VALUE) {
        return false;
    }
    *reg(HW_CFG) = HW_CFG_SOFT_RESET;
    while ((*reg(HW_CFG) & HW_CFG_SOFT_RESET) != 0) {
    }
    *reg(HW_CFG) = HW_CFG_MUST_BE_ONE | HW_CFG_TX_FIFO_5_KB;
    *reg(FIFO_INT) = FIFO_INT_TX_AT_ALL;
    *reg(INT_EN) = 0;
    *reg(INT_STS) = 0xffffffffu;
    *reg(RX_CFG) = 0;
    *reg(TX_CFG) = TX_CFG_ON;
    write_mac(ADDRL, mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24);
    write_mac(ADDRH, mac[4] | (uint32_t)mac[5] << 8);
    write_mac(MAC_CR, MAC_CR_FULL_DUPLEX | MAC_CR_TX_ON | MAC_CR_RX_ON);
    return true;
}

bool lan9118_send(const void *frame, size_t size)
{
    while ((*reg(TX_FIFO_INF) >> 16 & 0xffu) != 0) {
        (void)*reg(TX_STATUS_FIFO); /* the results of earlier frames; if their FIFO were full, sending would stop */
    }
    if ((*reg(TX_FIFO_INF) & 0xffffu) < size + TX_COMMAND_BYTES + TX_SLACK_BYTES) {
        return false;
    }
    *reg(TX_DATA_FIFO) = TX_FIRST_AND_LAST | (uint32_t)size;
    *reg(TX_DATA_FIFO) = (uint32_t)size << 16 | (uint32_t)size;
    const uint8_t *bytes = frame;
    for (size_t at = 0; at < size; at += sizeof(uint32_t)) {
        uint32_t word = 0;
        memcpy(&word, bytes + at, size - at < sizeof word ? size - at : sizeof word);
        *reg(TX_DATA_FIFO) = word;
    }
    return true;
}

/* Read a frame of `size` bytes, including its check sum, from the FIFO; discard the bytes that do not fit. */
static void read_frame(uint32_t *buffer, size_t size)
{
    for (size_t at = 0; at < size; at += sizeof(uint32_t)) {
        uint32_t word = *reg(RX_DATA_FIFO);
        if (at < LAN9118_MAX_FRAME_BYTES) {
            buffer[at / sizeof word] = word;
        }
    }
}

size_t lan9118_receive(uint32_t *buffer)
{
    while ((*reg(RX_FIFO_INF) >> 16 & 0xffu) != 0) {
        uint32_t status = *reg(RX_STATUS_FIFO);
        size_t size = status >> 16 & 0x3fffu;
        read_frame(buffer, size);
        bool good = (status & RX_STATUS_ERROR) == 0 && size > CHECK_SUM_BYTES;
        if (good && size - CHECK_SUM_BYTES <= LAN9118_MAX_FRAME_BYTES) {
            return size - CHECK_SUM_BYTES;
        }
    }
    return 0;
}
