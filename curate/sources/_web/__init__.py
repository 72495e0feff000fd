"""Hosts asked politely and within limits: URLs in, answers or the reasons for none out."""
