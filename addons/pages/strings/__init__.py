"""Every sentence that staff read, in British English, in one place: one module a page."""
