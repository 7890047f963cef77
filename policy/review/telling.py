"""Who is told of a review once it is over, and when those who were not told are thought of again."""

ASK_AGAIN_DAYS = 90
