"""Finding leads among a million: lists, searches, saved views."""
