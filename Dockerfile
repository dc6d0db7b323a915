FROM python:3.13-slim
# Fonts for letters in every language (docs/letters.md).
RUN apt-get update && apt-get install -y --no-install-recommends fonts-noto-core fonts-noto-cjk && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home ouderlijn
WORKDIR /app
COPY requirements/app.txt requirements/app.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/app.txt
COPY --chown=ouderlijn . .
USER ouderlijn
# Understanding learns from the examples once, when the image is made.
RUN python -c "import nlu; nlu.load()"
CMD ["python", "-m", "bot", "run"]
