"""Build and send Discord messages: views, buttons, forms and error replies."""
