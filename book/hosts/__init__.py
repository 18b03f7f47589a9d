"""The site generators that can render the book's pages, each behind as little code as it takes."""
