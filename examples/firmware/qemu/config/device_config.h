/* The identity of this device and the address of its service. To use your own file: -DDEVICE_CONFIG_DIR=FOLDER. */
#ifndef DEVICE_CONFIG_H
#define DEVICE_CONFIG_H

#define DEVICE_ENDPOINT "http://10.0.2.2:8080" /* 10.0.2.2 is the host, as a guest of QEMU's user network sees it */
#define DEVICE_ID "your-device-id"
#define DEVICE_SECRET_KEY "your-device-secret-key"

#endif
