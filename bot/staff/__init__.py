"""People at school: cases, who answers, logging in, replying."""
