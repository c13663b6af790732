"""When the properties of profiles were last set, so that older updates do not overwrite them."""
