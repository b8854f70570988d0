//! Authentication mechanisms: challenge in, credentials out; seal and unseal message bodies.
