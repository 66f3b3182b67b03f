//! What is trusted and which protocol versions are spoken; built once and shared.
