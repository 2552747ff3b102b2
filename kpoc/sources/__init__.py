"""Where images come from: a source lists a dataset's images and labels."""
