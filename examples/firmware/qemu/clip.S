/* The clip, in flash: CLIP_FILE, its bytes from clip_begin to clip_end. */
    .section .rodata.clip, "a"
    .global clip_begin, clip_end
clip_begin:
    .incbin CLIP_FILE
clip_end:
