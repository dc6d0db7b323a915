"""A school year, message by message, judged by somebody who reckons on their fingers."""
