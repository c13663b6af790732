# Amazon Linux 2023 has glibc 2.34.
PLATFORM := aarch64-manylinux_2_28
