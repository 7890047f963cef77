"""What journeys are made of: origins that remember who called, clients that read every byte, the gateway."""
