"""What the gateway knows of human languages: data, a module each; English is what everything else is written in."""
