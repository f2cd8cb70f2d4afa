"""Who is calling: client assertions in, access tokens out, and the keys that both rest on."""
