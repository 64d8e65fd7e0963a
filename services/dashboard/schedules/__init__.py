"""Payment schedules, as people see and handle them."""
