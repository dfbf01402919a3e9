"""From what people type to what they mean: titles and wishes."""
