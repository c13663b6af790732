# Amazon Linux 2023 has glibc 2.34.
PLATFORM := x86_64-manylinux_2_28
