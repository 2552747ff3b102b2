"""The steps of protocols, one a file; a new file is a new step."""
