"""Reports by text message and e-mail: signed webhooks in, short questions back."""
