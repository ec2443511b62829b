"""Exchange requests and events with Discord: retries, incomplete payloads, workarounds."""
