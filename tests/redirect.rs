//! Servers that send the connection elsewhere, and how far the program goes along.
