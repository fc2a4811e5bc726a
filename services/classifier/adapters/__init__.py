"""What mentions scikit-learn, files and SQL."""
