"""Events in files, folders and S3 or on stdin, in any layout, read in constant memory."""
